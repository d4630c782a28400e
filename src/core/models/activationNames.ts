// The pointwise activations that models choose from, by transformers' names.

/** `gelu` is the exact (erf) form, `gelu_new` the tanh form. */
export const activationNames = ['gelu_new', 'gelu', 'relu', 'silu', 'tanh'] as const;
export type ActivationName = (typeof activationNames)[number];
