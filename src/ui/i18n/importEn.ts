// The words of models that are brought in, from a folder or from a hub, in English; its type is what every other language must fill.

export const importEn = {
  title: 'Start from a model',
  intro: 'Drop a Hugging Face folder anywhere on this page: training begins with its weights and its tokenizer.',
  folder: 'Choose a folder',
  files: 'Choose files',
  stages: {
    read: 'Reading the files…',
    weights: 'Checking the weights…',
    tokenizer: 'Reading the tokenizer…',
    trial: 'Trying the tokenizer…',
  },
  downloading: (file: string, index: string, count: string) => `Downloading ${file} (${index} of ${count})`,
  downloaded: (bytes: string, total: string) => `${bytes} of ${total}`,
  listing: 'Asking the hub for its files…',
  cancel: 'Cancel',
  remove: 'Begin with random weights',
  read: 'What was read',
  parameters: (count: string, dtypes: string) => `${count} parameters in ${dtypes}`,
  dtype: (dtype: string, count: string) => `${dtype} (${count})`,
  tokenizer: (type: string, size: string, files: string) => `${type} tokenizer of ${size} tokens, from ${files}`,
  noTokenizer: 'No tokenizer in the folder: the one of the data settings stays.',
  used: 'Training begins with these weights.',
  unused: 'The settings of the model differ from the folder: training begins with random weights.',
  restore: 'Settings of the folder',
  nonFinite: (count: string) =>
    `${count} weights are NaN or infinite: whatever is computed with them will be too. Training does not begin with them until you say so.`,
  useAnyway: 'Use them all the same',
  failed: 'This model was not loaded',
  hub: {
    title: 'From a model hub',
    off: 'Off: this page talks to nobody. Turned on, a worker of its own may talk to the hub that you name, and to nobody else; it sends the names of the files that it asks for, no more.',
    turnOn: 'Allow downloads from this hub',
    turnOff: 'Turn off',
    on: (hosts: string) => `On: downloads may come from ${hosts}.`,
    base: 'Hub',
    repository: 'Model',
    repositoryHint: 'owner/name, or owner/name@revision',
    download: 'Download',
    kept: 'Large files are kept in this browser, so that they need not come twice.',
    forget: 'Remove them',
    forgotten: 'Downloads removed',
  },
};

export type ImportDictionary = typeof importEn;
