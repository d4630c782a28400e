// Short definitions of the terms of schedules and traffic, in English: [name, definition]. Part of termsEn.

type TermText = readonly [name: string, definition: string];
const term = (name: string, definition: string): TermText => [name, definition];

export const termsScheduleEn = {
  stepSchedule: term(
    'Schedule',
    'Every action of one step of every rank over time: its own work above, exchanges below. Hatched as predicted from the plan, solid as measured.',
  ),
  computeShare: term('Compute', 'Of the ranks’ time in the step, the share in which they do work of their own.'),
  communicationShare: term(
    'Communication',
    'The share in which a rank does no work while an exchange of its own is under way. Exchanges behind work cost nothing, and do not count.',
  ),
  bubbleShare: term(
    'Bubble',
    'The share in which a rank waits for others or has nothing to do. Of p equal stages and m micro-batches under 1F1B: (p − 1) / (m + p − 1).',
  ),
  trafficMatrix: term(
    'Traffic of a step',
    'Bytes that each rank sends each other in one step: as the plan’s exchanges will, and as the transport counted them.',
  ),
  stepWalk: term(
    'A step, told',
    'One training step action by action, in the order in which they end, with what each rank holds after it.',
  ),
  heldActivations: term(
    'Activations',
    'Sets of activations that are in use: taken by a forward pass, given back by the backward pass of the same micro-batch.',
  ),
} satisfies Record<string, TermText>;
