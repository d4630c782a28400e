// Where a term comes from: the paper or specification that defines it best. Citations are the same in every language.
// Plain data; a term without an entry is the lab's own wording.

import type { TermId } from './termsEn';

export interface TermSource {
  readonly citation: string;
  readonly url: string;
}

const arxiv = (citation: string, id: string): TermSource => ({ citation, url: `https://arxiv.org/abs/${id}` });

const attention = arxiv('Vaswani et al. 2017, Attention Is All You Need', '1706.03762');
const gpt2: TermSource = {
  citation: 'Radford et al. 2019, Language Models are Unsupervised Multitask Learners',
  url: 'https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf',
};
const lora = arxiv('Hu et al. 2022, LoRA: Low-Rank Adaptation of Large Language Models', '2106.09685');
const layerNorm = arxiv('Ba, Kiros, Hinton 2016, Layer Normalization', '1607.06450');
const gelu = arxiv('Hendrycks, Gimpel 2016, Gaussian Error Linear Units', '1606.08415');
const tying = arxiv('Press, Wolf 2017, Using the Output Embedding to Improve Language Models', '1608.05859');
const dropout: TermSource = {
  citation: 'Srivastava et al. 2014, Dropout',
  url: 'https://jmlr.org/papers/v15/srivastava14a.html',
};
const adam = arxiv('Kingma, Ba 2015, Adam', '1412.6980');
const adamw = arxiv('Loshchilov, Hutter 2019, Decoupled Weight Decay Regularization', '1711.05101');
const muon: TermSource = { citation: 'Jordan et al. 2024, Muon', url: 'https://kellerjordan.github.io/posts/muon/' };
const momentum: TermSource = {
  citation: 'Sutskever et al. 2013, On the Importance of Initialization and Momentum',
  url: 'https://proceedings.mlr.press/v28/sutskever13.html',
};
const cosine = arxiv('Loshchilov, Hutter 2017, SGDR', '1608.03983');
const wsd = arxiv('Hu et al. 2024, MiniCPM', '2404.06395');
const warmup = arxiv('Goyal et al. 2017, Accurate, Large Minibatch SGD', '1706.02677');
const clipping = arxiv('Pascanu, Mikolov, Bengio 2013, On the Difficulty of Training RNNs', '1211.5063');
const batch = arxiv('McCandlish et al. 2018, An Empirical Model of Large-Batch Training', '1812.06162');
const bpe = arxiv('Sennrich, Haddow, Birch 2016, Subword Units', '1508.07909');
const scaling = arxiv('Kaplan et al. 2020, Scaling Laws for Neural Language Models', '2001.08361');
const sampling = arxiv('Holtzman et al. 2020, The Curious Case of Neural Text Degeneration', '1904.09751');
const threefry: TermSource = {
  citation: 'Salmon et al. 2011, Parallel Random Numbers: As Easy as 1, 2, 3',
  url: 'https://doi.org/10.1145/2063384.2063405',
};
const shannon: TermSource = {
  citation: 'Shannon 1951, Prediction and Entropy of Printed English',
  url: 'https://doi.org/10.1002/j.1538-7305.1951.tb01366.x',
};
const perplexity: TermSource = {
  citation: 'Jelinek et al. 1977, Perplexity',
  url: 'https://doi.org/10.1121/1.2016299',
};
const deepLearning: TermSource = {
  citation: 'Goodfellow, Bengio, Courville 2016, Deep Learning, §5.3',
  url: 'https://www.deeplearningbook.org/contents/ml.html',
};
const webgpu: TermSource = { citation: 'W3C, WebGPU', url: 'https://www.w3.org/TR/webgpu/' };
const roofline: TermSource = {
  citation: 'Williams, Waterman, Patterson 2009, Roofline',
  url: 'https://doi.org/10.1145/1498765.1498785',
};
const rounding: TermSource = {
  citation: 'Higham 2002, Accuracy and Stability of Numerical Algorithms, §3',
  url: 'https://doi.org/10.1137/1.9780898718027',
};

const dtensor: TermSource = {
  citation: 'PyTorch, torch.distributed.tensor',
  url: 'https://docs.pytorch.org/docs/stable/distributed.tensor.html',
};
const distributed = arxiv('Li et al. 2020, PyTorch Distributed', '2006.15704');
const pipeline = arxiv('Huang et al. 2019, GPipe', '1811.06965');
const megatron = arxiv('Shoeybi et al. 2019, Megatron-LM', '1909.08053');
const zero = arxiv('Rajbhandari et al. 2020, ZeRO', '1910.02054');
const interleaving = arxiv('Narayanan et al. 2021, Efficient Large-Scale Language Model Training', '2104.04473');
const fsdp = arxiv('Zhao et al. 2023, PyTorch FSDP', '2304.11277');
const staleness = arxiv('Zhang et al. 2016, Staleness-aware Async-SGD', '1511.05950');
const parameterServer: TermSource = {
  citation: 'Dean et al. 2012, Large Scale Distributed Deep Networks',
  url: 'https://papers.nips.cc/paper/2012/hash/6aca97005c68f1206823815f66102863-Abstract.html',
};
const localSgd = arxiv('Stich 2019, Local SGD Converges Fast and Communicates Little', '1805.09767');
const diloco = arxiv('Douillard et al. 2023, DiLoCo', '2311.08105');
const qsgd = arxiv('Alistarh et al. 2017, QSGD', '1610.02132');
const topK = arxiv('Aji, Heafield 2017, Sparse Communication for Distributed Gradient Descent', '1704.05021');
const powerSgd = arxiv('Vogels et al. 2019, PowerSGD', '1905.13727');
const errorFeedback = arxiv('Karimireddy et al. 2019, Error Feedback Fixes SignSGD', '1901.09847');
const collectives: TermSource = {
  citation: 'Thakur, Rabenseifner, Gropp 2005, Optimization of Collective Communication Operations in MPICH',
  url: 'https://doi.org/10.1177/1094342005051521',
};
const ringAttention = arxiv('Liu, Zaharia, Abbeel 2023, Ring Attention', '2310.01889');
const mixedPrecision = arxiv('Micikevicius et al. 2018, Mixed Precision Training', '1710.03740');
const recomputing = arxiv('Korthikanti et al. 2022, Reducing Activation Recomputation', '2205.05198');
const flashAttention = arxiv('Dao et al. 2022, FlashAttention', '2205.14135');
const torchTitan = arxiv('Liang et al. 2024, TorchTitan', '2410.06511');
const llama3 = arxiv('Grattafiori et al. 2024, The Llama 3 Herd of Models', '2407.21783');
const rmsNorm = arxiv('Zhang, Sennrich 2019, Root Mean Square Layer Normalization', '1910.07467');
const rotary = arxiv('Su et al. 2021, RoFormer', '2104.09864');
const groupedQueries = arxiv('Ainslie et al. 2023, GQA', '2305.13245');
const gatedUnits = arxiv('Shazeer 2020, GLU Variants Improve Transformer', '2002.05202');
const windows = arxiv('Beltagy, Peters, Cohan 2020, Longformer', '2004.05150');
const llama = arxiv('Touvron et al. 2023, LLaMA', '2302.13971');
const palm = arxiv('Chowdhery et al. 2022, PaLM, appendix B', '2204.02311');
const checkpointing: TermSource = {
  citation: 'Daly 2006, A higher order estimate of the optimum checkpoint interval',
  url: 'https://doi.org/10.1016/j.future.2004.11.016',
};
const floatingPoint: TermSource = {
  citation: 'Goldberg 1991, What Every Computer Scientist Should Know About Floating-Point Arithmetic',
  url: 'https://doi.org/10.1145/103162.103163',
};

const minHash: TermSource = {
  citation: 'Broder 1997, On the Resemblance and Containment of Documents',
  url: 'https://doi.org/10.1109/SEQUEN.1997.666900',
};
const gopher = arxiv('Rae et al. 2021, Scaling Language Models (Gopher), table A1', '2112.11446');
const contamination = arxiv('Brown et al. 2020, Language Models are Few-Shot Learners, appendix C', '2005.14165');
const dedup = arxiv('Lee et al. 2022, Deduplicating Training Data Makes Language Models Better', '2107.06499');
const unicodeForms: TermSource = {
  citation: 'Unicode Standard Annex 15, Normalization Forms',
  url: 'https://www.unicode.org/reports/tr15/',
};

const subwords = arxiv(
  'Sennrich, Haddow, Birch 2016, Neural Machine Translation of Rare Words with Subword Units',
  '1508.07909',
);
const distillation = arxiv('Hinton, Vinyals, Dean 2015, Distilling the Knowledge in a Neural Network', '1503.02531');
const unigram = arxiv('Kudo 2018, Subword Regularization', '1804.10959');

export const termSources: Readonly<Partial<Record<TermId, TermSource>>> = {
  attentionMap: attention,
  playDistillation: distillation,
  playDistilTemperature: distillation,
  logitLens: {
    citation: 'nostalgebraist 2020, interpreting GPT: the logit lens',
    url: 'https://www.lesswrong.com/posts/AcKRB8wDpdaN6v6ru/interpreting-gpt-the-logit-lens',
  },
  residualStream: {
    citation: 'Elhage et al. 2021, A Mathematical Framework for Transformer Circuits',
    url: 'https://transformer-circuits.pub/2021/framework/index.html',
  },
  'model.n_positions': gpt2,
  'model.n_embd': attention,
  'model.n_layer': attention,
  'model.n_head': attention,
  'model.n_inner': attention,
  'model.activation_function': gelu,
  'model.layer_norm_epsilon': layerNorm,
  'model.initializer_range': gpt2,
  'model.model_type': llama,
  'model.num_hidden_layers': attention,
  'model.hidden_size': attention,
  'model.num_attention_heads': attention,
  'model.intermediate_size': gatedUnits,
  'model.num_key_value_heads': groupedQueries,
  'model.rms_norm_eps': rmsNorm,
  'model.attention_dropout': dropout,
  'model.rope_theta': rotary,
  'model.rope_type': llama3,
  'model.sliding_window': windows,
  'model.tie_word_embeddings': tying,
  'model.embd_pdrop': dropout,
  'model.resid_pdrop': dropout,
  'model.attn_pdrop': dropout,
  'data.tokenizer': bpe,
  'data.vocabulary': bpe,
  'data.validationFraction': deepLearning,
  'train.batchSize': batch,
  'train.microBatches': warmup,
  'train.optimizer': muon,
  'train.learningRate': adam,
  'train.lrSchedule': wsd,
  'train.minLearningRate': cosine,
  'train.warmupSteps': warmup,
  'train.decaySteps': wsd,
  'train.beta1': adam,
  'train.beta2': adam,
  'train.epsilon': adam,
  'train.weightDecay': adamw,
  'train.momentum': momentum,
  'train.clipNorm': clipping,
  'train.seed': threefry,
  'train.sampleTemperature': sampling,
  loss: shannon,
  validationLoss: deepLearning,
  perplexity,
  bitsPerByte: shannon,
  unigram: shannon,
  bigram: shannon,
  gradientNorm: clipping,
  sample: sampling,
  flops: scaling,
  adapter: webgpu,
  limitsProfile: webgpu,
  kernel: webgpu,
  gflops: roofline,
  bandwidth: roofline,
  tolerance: rounding,
  'parallel.dp': distributed,
  'parallel.pp': pipeline,
  'parallel.tp': megatron,
  'parallel.zero': zero,
  'parallel.schedule': interleaving,
  'parallel.stagesPerRank': interleaving,
  'parallel.bucketKib': distributed,
  'parallel.strategy': diloco,
  'parallel.maxStaleness': staleness,
  'parallel.asyncService': parameterServer,
  'parallel.localSteps': localSgd,
  'parallel.outerLearningRate': diloco,
  'parallel.outerMomentum': diloco,
  'parallel.compression': qsgd,
  'parallel.topKShare': topK,
  'parallel.powerRank': powerSgd,
  'parallel.errorFeedback': errorFeedback,
  'parallel.dpLatencyMs': collectives,
  'parallel.dpBandwidth': collectives,
  'parallel.ppLatencyMs': collectives,
  'parallel.ppBandwidth': collectives,
  'parallel.tpLatencyMs': collectives,
  'parallel.tpBandwidth': collectives,
  'memory.gathered': fsdp,
  mesh: interleaving,
  rank: distributed,
  timeline: interleaving,
  ledger: collectives,
  collective: collectives,
  ledgerMessages: collectives,
  relativeError: rounding,
  ulp: floatingPoint,
  emulatedLinks: collectives,
  stepSchedule: interleaving,
  bubbleShare: interleaving,
  communicationShare: collectives,
  trafficMatrix: collectives,
  heldActivations: interleaving,
  'plan.contextParallel': ringAttention,
  'plan.microBatchRows': interleaving,
  'plan.precision': mixedPrecision,
  'plan.recomputation': recomputing,
  'plan.moments': adam,
  'plan.fusedAttention': flashAttention,
  'plan.sequenceParallel': recomputing,
  'plan.overlappedTensor': torchTitan,
  'plan.deviceHours': llama3,
  'plan.checkpointMinutes': checkpointing,
  mfu: palm,
  bubble: interleaving,
  planMemory: recomputing,
  goodput: checkpointing,
  placement: dtensor,
  tensorTiles: dtensor,
  strategyPreset: interleaving,
  rankMemory: zero,
  'lora.r': lora,
  'lora.lora_alpha': lora,
  'lora.lora_dropout': dropout,
  'lora.target_modules': lora,
  'lora.use_rslora': arxiv(
    'Kalajdzievski 2023, A Rank Stabilization Scaling Factor for Fine-Tuning with LoRA',
    '2312.03732',
  ),
  duplicates: dedup,
  'stage.normalize': unicodeForms,
  'stage.quality': gopher,
  'stage.exact-dedup': dedup,
  'stage.near-dedup': minHash,
  'stage.decontaminate': contamination,
  'pipeline.normalize.form': unicodeForms,
  'pipeline.quality.maxRepeatedLines': gopher,
  'pipeline.quality.maxRepeatedWords': gopher,
  'pipeline.nearDedup.threshold': minHash,
  'pipeline.nearDedup.bands': minHash,
  'pipeline.decontaminate.words': contamination,
  tokenizerTraining: subwords,
  'tokenizer.kind': unigram,
};
