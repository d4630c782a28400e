// The words of races between update strategies, in English; its type is what every other language must fill.

export const raceEn = {
  title: 'Race',
  intro:
    'The same model, text, seed and mesh several times over; only the way in which replicas come together differs.',
  needReplicas: 'A race compares ways to bring replicas together, so it takes at least two of them.',
  makeTwo: 'Set replicas to 2',
  contenders: 'Contenders',
  names: {
    one: 'One worker',
    sync: 'Synchronous',
    f16: 'f16',
    int8: 'int8',
    topK: 'Top-k',
    topKPlain: 'Top-k, no feedback',
    powerSgd: 'PowerSGD',
    localSgd: 'Local SGD',
    diloco: 'DiLoCo',
    async: 'Asynchronous',
  },
  ruledOut: (field: string, rule: string) => `${field} takes ${rule}`,
  steps: 'Steps',
  stepsRange: (least: string, most: string) => `${least} to ${most}`,
  start: 'Start race',
  stop: 'Stop',
  stopping: 'Stopping…',
  whyNot: {
    none: 'Choose at least one contender',
    steps: (least: string, most: string) => `The number of steps is a whole number from ${least} to ${most}`,
    busy: 'Wait until the run is ready',
    noText: 'There is no text yet',
  },
  sharing: 'Contenders run one after another, since all ranks of this page share one GPU: seconds are this machine’s.',
  emulated: 'Links are emulated: seconds hold the waiting on the links that were set.',
  resets: (step: string) =>
    `Your run, now at step ${step}, gives way and is set up again after the race: it then starts over, with its settings as they are.`,
  racing: 'Racing',
  blocked: 'A race is running: your run is set up again after it',
  progress: 'Progress of the race',
  turn: (number: string, of: string, name: string) => `Contender ${number} of ${of}: ${name}`,
  atStep: (step: string, of: string) => `step ${step} of ${of}`,
  status: {
    waiting: 'waiting',
    preparing: 'getting ready',
    racing: 'racing',
    evaluating: 'evaluating',
    done: 'done',
    stopped: 'stopped',
    failed: 'failed',
  },
  chart: 'Loss of the contenders',
  axis: 'Against',
  axes: { steps: 'steps', tokens: 'tokens', sent: 'MiB sent', seconds: 'seconds' },
  summary: (count: string, axis: string) => `Smoothed training loss of ${count} contenders against ${axis}.`,
  cursorHint: 'Arrow keys move the cursor.',
  noTraffic: (names: string) => `Not on this axis, since nothing was sent: ${names}.`,
  empty: 'The curves start with the first contender.',
  results: 'Results',
  json: 'Save as JSON',
  columns: {
    contender: 'Contender',
    loss: 'Loss',
    heldOut: 'Held-out',
    bytes: 'Sent a step and rank',
    speed: 'token/s',
    staleness: 'Staleness',
  },
  changes: {
    one: 'The reference: the whole batch on one worker, and nothing is sent.',
    sync: 'Nothing: gradients are averaged at every step, so each step is the one that one worker takes.',
    f16: 'Gradients are rounded to 11 significant bits on their way; what rounding took is added to the next ones.',
    int8: 'Each gradient value becomes one of 255 levels of its block of 256; what that took is added to the next ones.',
    topK: (share: string) =>
      `Only the largest ${share} of gradient values are summed; the others are kept and added to the next ones.`,
    topKPlain: (share: string) => `Only the largest ${share} of gradient values are summed; the others are lost.`,
    powerSgd: (rank: string) =>
      `Each bucket of gradients becomes a matrix of rank ${rank} by one power iteration; what that left out is added to the next ones.`,
    localSgd: (steps: string) =>
      `Replicas take ${steps} steps with their own gradients; then their weights are averaged, not their gradients.`,
    diloco: (steps: string) =>
      `The replicas’ mean change over ${steps} steps of their own is the gradient of an outer optimiser, Nesterov’s.`,
    async: (bound: string) =>
      `A gradient is applied as it comes, from weights up to ${bound} versions old; a step is one replica’s part of the batch.`,
  },
};

export type RaceDictionary = typeof raceEn;
