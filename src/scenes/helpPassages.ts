// What people ask about the lab, and where its help answers: our own text. Each passage answers several questions, each with a span of its
// own, so that an answer follows from the question and not from the passage alone. Plain data.

export interface HelpFact {
  /** A piece of the passage, which has it once. */
  readonly answer: string;
  readonly training: readonly string[];
  /** Said otherwise, and never trained on. */
  readonly heldOut: readonly string[];
}

export interface HelpPassage {
  readonly text: string;
  readonly facts: readonly HelpFact[];
}

export const helpPassages: readonly HelpPassage[] = [
  {
    text: 'The loss is given in nats a token. It falls as the model learns, and the line named bigram is what counting pairs of tokens achieves.',
    facts: [
      {
        answer: 'nats a token',
        training: ['in which unit is the loss', 'what is the loss measured in', 'which unit does the loss curve have'],
        heldOut: ['the unit of the loss, please'],
      },
      {
        answer: 'what counting pairs of tokens achieves',
        training: [
          'what does the bigram line mean',
          'why is there a bigram line in the loss chart',
          'explain the line named bigram',
        ],
        heldOut: ['the chart has a bigram line, what is it'],
      },
      {
        answer: 'as the model learns',
        training: ['when does the loss fall', 'when should the loss go down', 'when will the curve of the loss fall'],
        heldOut: ['when is the loss going to fall'],
      },
    ],
  },
  {
    text: 'Press the space bar to pause a run. The full stop takes a single step, and the key R sets the run back to step 0 with the same seed.',
    facts: [
      {
        answer: 'the space bar',
        training: ['how do I pause training', 'which key pauses a run', 'how can I pause the run with the keyboard'],
        heldOut: ['can I pause it from the keyboard'],
      },
      {
        answer: 'The full stop',
        training: [
          'how do I take one single step',
          'which key does a single step',
          'how can I train for just a single step',
        ],
        heldOut: ['I want one step only, how'],
      },
      {
        answer: 'the key R',
        training: ['how do I start again from step 0', 'which key sets the run back', 'how can I reset a run'],
        heldOut: ['how do I reset to step 0'],
      },
    ],
  },
  {
    text: 'A trained model is exported as a Hugging Face folder. Weights go to model.safetensors, the vocabulary to tokenizer.json, and a model card says what ran.',
    facts: [
      {
        answer: 'a Hugging Face folder',
        training: [
          'in which format is a model exported',
          'what do I get when I export the model',
          'how is a trained model saved',
        ],
        heldOut: ['what format does the export of a model have'],
      },
      {
        answer: 'model.safetensors',
        training: [
          'which file holds the weights',
          'where are the weights of the folder',
          'in which file do I find the exported weights',
        ],
        heldOut: ['what file are the weights in'],
      },
      {
        answer: 'tokenizer.json',
        training: [
          'which file has the vocabulary',
          'where is the vocabulary of an exported model',
          'in which file is the vocabulary saved',
        ],
        heldOut: ['what file is the vocabulary in'],
      },
    ],
  },
  {
    text: 'Data parallelism gives every rank a part of the batch. Tensor parallelism splits the matrices of each layer, and pipeline parallelism deals the layers out in stages.',
    facts: [
      {
        answer: 'a part of the batch',
        training: [
          'what does data parallelism split',
          'what does every rank get under data parallelism',
          'how does data parallelism divide the work',
        ],
        heldOut: ['with data parallelism, what has a rank'],
      },
      {
        answer: 'the matrices of each layer',
        training: [
          'what does tensor parallelism split',
          'what is divided under tensor parallelism',
          'how does tensor parallelism divide the model',
        ],
        heldOut: ['with tensor parallelism, what is split'],
      },
      {
        answer: 'the layers',
        training: [
          'what does pipeline parallelism deal out',
          'what is divided into stages by pipeline parallelism',
          'how does pipeline parallelism divide the model',
        ],
        heldOut: ['with pipeline parallelism, what is dealt out'],
      },
    ],
  },
  {
    text: 'ZeRO stage 1 shards the state of the optimiser. Stage 2 shards gradients too, and stage 3 also the parameters, which are gathered while they are used.',
    facts: [
      {
        answer: 'the state of the optimiser',
        training: [
          'what does zero stage 1 shard',
          'what is sharded with zero 1',
          'which memory does stage 1 of zero save',
        ],
        heldOut: ['tell me what stage 1 of zero shards'],
      },
      {
        answer: 'gradients',
        training: [
          'what does zero stage 2 shard',
          'what else is sharded with zero 2',
          'which memory does stage 2 of zero save',
        ],
        heldOut: ['tell me what stage 2 of zero shards'],
      },
      {
        answer: 'the parameters',
        training: [
          'what does zero stage 3 shard',
          'what else is sharded with zero 3',
          'which memory does stage 3 of zero save',
        ],
        heldOut: ['tell me what stage 3 of zero shards'],
      },
    ],
  },
  {
    text: 'The bubble is the time in which ranks of a pipeline wait. More micro-batches make it smaller, and the schedule named zbv has hardly any.',
    facts: [
      {
        answer: 'the time in which ranks of a pipeline wait',
        training: ['what is the bubble', 'what does bubble mean', 'explain the bubble of a pipeline'],
        heldOut: ['bubble, what is that'],
      },
      {
        answer: 'More micro-batches',
        training: ['how do I make the bubble smaller', 'what shrinks the bubble', 'how can the bubble be made smaller'],
        heldOut: ['what makes a bubble smaller'],
      },
      {
        answer: 'zbv',
        training: [
          'which schedule has almost no bubble',
          'what schedule should I take against waiting ranks',
          'which schedule has hardly any waiting',
        ],
        heldOut: ['is there a schedule that has hardly a bubble'],
      },
    ],
  },
  {
    text: 'Your texts never leave this computer. A text that you drop is read by a worker and kept in the memory of the page; it is gone when you close the page.',
    facts: [
      {
        answer: 'never leave this computer',
        training: ['are my texts uploaded', 'do you send my texts to a server', 'who else can see my texts'],
        heldOut: ['is my text sent to a server'],
      },
      {
        answer: 'in the memory of the page',
        training: [
          'where are my texts kept',
          'where does the page keep what I dropped',
          'in which place are texts kept',
        ],
        heldOut: ['what place is my text kept in'],
      },
      {
        answer: 'when you close the page',
        training: ['when is my text gone again', 'when are my texts removed', 'when is what I dropped deleted'],
        heldOut: ['when is a text of mine removed'],
      },
    ],
  },
  {
    text: 'A temperature of 0 always takes the likeliest token. Top-k keeps only the k best tokens, and top-p the fewest that reach the given probability.',
    facts: [
      {
        answer: 'the likeliest token',
        training: [
          'what happens at temperature 0',
          'which token is taken at a temperature of 0',
          'what does a temperature of zero do',
        ],
        heldOut: ['temperature 0, what does it take'],
      },
      {
        answer: 'only the k best tokens',
        training: ['what does top-k do', 'which tokens does top-k keep', 'how does top-k limit the draw'],
        heldOut: ['top-k, what does it keep'],
      },
      {
        answer: 'the fewest that reach the given probability',
        training: ['what does top-p do', 'which tokens does top-p keep', 'how does top-p limit the draw'],
        heldOut: ['top-p, what does it keep'],
      },
    ],
  },
  {
    text: 'Int8 stores a weight in one byte, with a scale for each output channel. Int4 packs two weights into a byte, with a scale for each group of 32 to 128.',
    facts: [
      {
        answer: 'one byte',
        training: [
          'how large is a weight in int8',
          'how much room does int8 take',
          'what does a weight take with int8',
        ],
        heldOut: ['int8, how large is one weight'],
      },
      {
        answer: 'two weights into a byte',
        training: ['how large is a weight in int4', 'how much room does int4 take', 'how does int4 pack weights'],
        heldOut: ['int4, how large is one weight'],
      },
      {
        answer: 'each group of 32 to 128',
        training: ['what shares a scale in int4', 'how many scales has int4', 'what has a scale of its own with int4'],
        heldOut: ['int4, what shares a scale'],
      },
    ],
  },
  {
    text: 'When the loss is not a number, the run stops at that step, unless it is set to skip such steps. Lower the learning rate or turn clipping on, and then reset the run.',
    facts: [
      {
        answer: 'the run stops at that step',
        training: [
          'what happens when the loss is not a number',
          'what does the lab do if the loss becomes nan',
          'what follows when a loss is infinite',
        ],
        heldOut: ['if the loss is nan, what happens'],
      },
      {
        answer: 'Lower the learning rate or turn clipping on',
        training: [
          'how do I repair a loss that is not a number',
          'what helps against a loss of nan',
          'what can I do against an infinite loss',
        ],
        heldOut: ['my loss is nan, what helps'],
      },
    ],
  },
  {
    text: 'The lab needs WebGPU. On Windows and macOS Chrome and Edge have it switched on; where a browser has none, the page says so and shows how to turn it on.',
    facts: [
      {
        answer: 'WebGPU',
        training: [
          'what does the lab need to run',
          'which technology is required',
          'what must a browser offer for this lab',
        ],
        heldOut: ['what is required to run this lab'],
      },
      {
        answer: 'Chrome and Edge',
        training: ['which browsers work', 'what browser should I use', 'in which browser does the lab run'],
        heldOut: ['what browser works with it'],
      },
    ],
  },
  {
    text: 'A software adapter is a processor that acts as a graphics card. Training on it is slow, and the header of the page names it as software.',
    facts: [
      {
        answer: 'a processor that acts as a graphics card',
        training: [
          'what is a software adapter',
          'what does software adapter mean',
          'explain the word software adapter',
        ],
        heldOut: ['software adapter, what is that'],
      },
      {
        answer: 'slow',
        training: [
          'how fast is training on a software adapter',
          'why is my training on a software adapter not fast',
          'what speed has a software adapter',
        ],
        heldOut: ['is a software adapter fast'],
      },
    ],
  },
  {
    text: 'The page speaks English and Chinese. The switch for the language is in the header, beside the one for a light or dark theme.',
    facts: [
      {
        answer: 'English and Chinese',
        training: ['which languages does the page speak', 'what languages are there', 'can I have the page in Chinese'],
        heldOut: ['what languages does this page speak'],
      },
      {
        answer: 'in the header',
        training: [
          'where is the switch for the language',
          'where do I change the language',
          'how do I get to the language switch',
        ],
        heldOut: ['where can the language be changed'],
      },
      {
        answer: 'a light or dark theme',
        training: ['which themes are there', 'can I make the page dark', 'what themes can I choose'],
        heldOut: ['is there a dark theme'],
      },
    ],
  },
  {
    text: 'A link holds all settings of a run. Copy it from the address bar; whoever opens it gets the same model and seed, and the same data unless the text is your own.',
    facts: [
      {
        answer: 'all settings of a run',
        training: ['what does a link hold', 'what is stored in the link', 'what is part of a link that I share'],
        heldOut: ['what is in a link'],
      },
      {
        answer: 'from the address bar',
        training: ['how do I share a run', 'where do I copy the link', 'where is the link of my run'],
        heldOut: ['where can I find a link to share'],
      },
    ],
  },
  {
    text: 'The check view compares every kernel with a slow reference. A row is red where the error is above its tolerance.',
    facts: [
      {
        answer: 'a slow reference',
        training: [
          'what are kernels compared with',
          'how are kernels checked',
          'what does the check view hold kernels to',
        ],
        heldOut: ['with what is a kernel compared'],
      },
      {
        answer: 'where the error is above its tolerance',
        training: ['when is a row red', 'why is a row of the check view red', 'what does a red row mean'],
        heldOut: ['a row is red, why'],
      },
    ],
  },
  {
    text: 'A tokenizer cuts a text into tokens. You can train one of up to a million tokens on your own text, or drop a file that another program made.',
    facts: [
      {
        answer: 'cuts a text into tokens',
        training: ['what does a tokenizer do', 'what is a tokenizer', 'why is a tokenizer needed'],
        heldOut: ['tokenizer, what does it do'],
      },
      {
        answer: 'up to a million tokens',
        training: [
          'how many tokens can a tokenizer have',
          'how large may a tokenizer be',
          'what is the largest tokenizer',
        ],
        heldOut: ['how large can I make a tokenizer'],
      },
    ],
  },
  {
    text: 'The planner predicts the time of a step on other hardware. Predicted bars are outlined and measured ones are filled.',
    facts: [
      {
        answer: 'the time of a step on other hardware',
        training: ['what does the planner predict', 'what is the planner for', 'what can the planner tell me'],
        heldOut: ['the planner, what does it tell'],
      },
      {
        answer: 'outlined',
        training: [
          'how are predicted bars drawn',
          'how do I know that a bar was predicted',
          'what does a predicted bar look like',
        ],
        heldOut: ['what do predicted bars look like'],
      },
      {
        answer: 'filled',
        training: [
          'how are measured bars drawn',
          'how do I know that a bar was measured',
          'what does a measured bar look like',
        ],
        heldOut: ['what do measured bars look like'],
      },
    ],
  },
  {
    text: 'Dropped files are checked before they are used. A file of the wrong kind is named with the reason, and nothing of it is loaded.',
    facts: [
      {
        answer: 'before they are used',
        training: [
          'when are dropped files checked',
          'when does the lab check a file',
          'at what moment is a file checked',
        ],
        heldOut: ['when is my dropped file checked'],
      },
      {
        answer: 'named with the reason',
        training: [
          'what happens to a file of the wrong kind',
          'what does the lab do with a wrong file',
          'what follows if I drop a wrong file',
        ],
        heldOut: ['I dropped a wrong file, what happens'],
      },
    ],
  },
];
