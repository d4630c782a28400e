// Short definitions of the terms of the Shard view, in English: [name, definition]. Part of termsEn.

type TermText = readonly [name: string, definition: string];
const term = (name: string, definition: string): TermText => [name, definition];

export const termsShardEn = {
  tensorTiles: term(
    'Tensors',
    'Every tensor of the model as a tile: rows are its kinds in order of the model, columns its layers. Colours are the ranks that hold it.',
  ),
  placement: term(
    'Placement',
    'How a tensor lies along an axis of the mesh, in DTensor’s words: Replicate (each rank has all of it), Shard (each has a part), Partial (each has a summand).',
  ),
  strategyPreset: term(
    'Strategies',
    'Six classic ways to lay a model over ranks, fitted to the model at hand. Model, data and training stay as they are.',
  ),
  rankMemory: term(
    'Memory by rank',
    'GPU memory of each rank by kind. Outlined: as planned from the same rules; solid: counted on the buffers that the rank allocated.',
  ),
} satisfies Record<string, TermText>;
