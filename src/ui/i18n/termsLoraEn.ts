// Short definitions of the terms of low-rank adapters, in English: [name, definition]. Part of termsEn.

type TermText = readonly [name: string, definition: string];
const term = (name: string, definition: string): TermText => [name, definition];

export const termsLoraEn = {
  'lora.r': term(
    'Adapter rank',
    'Trains two thin matrices of this rank beside each weight and leaves the weight itself frozen. 0 trains the whole model.',
  ),
  'lora.lora_alpha': term('Alpha', 'What an adapter adds is multiplied by alpha over rank.'),
  'lora.target_modules': term(
    'Adapted layers',
    'Ends of module names, with commas between them, such as c_attn or q_proj,v_proj; all-linear means every linear layer of the blocks.',
  ),
  'lora.lora_dropout': term(
    'Adapter dropout',
    'In training, this share of what an adapter reads is zero, drawn anew each step; the frozen weight beside it reads all.',
  ),
  'lora.use_rslora': term(
    'Rank-stabilised',
    'Multiplies by alpha over the root of the rank, so that larger ranks do not learn more slowly.',
  ),
} satisfies Record<string, TermText>;
