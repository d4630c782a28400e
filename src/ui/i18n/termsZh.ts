// Short definitions of every term and number on the page, in Chinese: [name, definition].
// The type makes a missing definition a compile error.

import { termsDataZh } from './termsDataZh';
import type { TermTexts } from './termsEn';
import { termsInsideZh } from './termsInsideZh';
import { termsLlamaZh } from './termsLlamaZh';
import { termsLoraZh } from './termsLoraZh';
import { termsMeshZh } from './termsMeshZh';
import { termsPlannerZh } from './termsPlannerZh';
import { termsPlayZh } from './termsPlayZh';
import { termsRaceZh } from './termsRaceZh';
import { termsScheduleZh } from './termsScheduleZh';
import { termsShardZh } from './termsShardZh';

export const termsZh: TermTexts = {
  'model.vocab_size': ['词表大小', '模型能读写的不同 token 数。0 表示采用分词器自身的数目。'],
  'model.n_positions': ['上下文长度', '模型最多能回看多少个 token。每个位置都有一个可学习的向量。'],
  'model.n_embd': ['宽度', '模型内部用多少个数表示一个 token。参数量随其平方增长。'],
  'model.n_layer': ['层数', '堆叠的 Transformer 块数，每块含一个注意力和一个前馈部分。'],
  'model.n_head': ['注意力头数', '每层中并行的注意力个数；各自在宽度的一段上关注一种关系。'],
  'model.n_inner': ['前馈宽度', '每层前馈部分的宽度。“自动”为宽度的四倍。'],
  'model.activation_function': ['激活函数', '前馈部分两半之间的非线性；没有它，多层会退化成一个线性映射。'],
  'model.layer_norm_epsilon': ['归一化 ε', '加在方差上的小数，避免层归一化除以零。'],
  'model.initializer_range': ['初始标准差', '训练开始时随机权重的标准差。'],
  'model.tie_word_embeddings': ['共享词嵌入', '读入和写出 token 用同一个矩阵：参数更少，损失往往更低。'],
  'model.embd_pdrop': ['嵌入 dropout', '训练时随机置零的嵌入比例，使模型不依赖个别数值。'],
  'model.resid_pdrop': ['残差 dropout', '训练时每层输出中随机置零的比例。'],
  'model.attn_pdrop': ['注意力 dropout', '训练时随机置零的注意力权重比例。'],
  'data.corpus': [
    '文本',
    '模型学习的内容：《白鲸》、本页自带的入门语料、你自己的文本、带标签的记录（每行一个 JSON 对象），或答案可核对的合成任务。',
  ],
  'data.tokenizer': [
    '分词器',
    '文本如何变成数字：每字符一个、每个 UTF-8 字节一个、按 tokenizer.json 切分，或用从文本学到的 WordPiece。',
  ],
  'data.vocabulary': ['词表上限', '现场训练的分词器最多有多少个 token：越多序列越短，嵌入越大。'],
  'data.validationFraction': ['留出比例', '文本末尾从不用于训练的比例：用来区分“学会”和“背下”。'],
  'train.steps': ['步数', '本次训练更新权重的次数。'],
  'train.batchSize': ['批大小', '每次更新所用的序列数。越多梯度越稳，也越慢。'],
  'train.microBatches': ['微批数', '把一批分成几份计算，再把梯度相加：更新相同，内存更少。'],
  'train.sequenceLength': ['序列长度', '每条训练序列的 token 数，不超过上下文长度。'],
  'train.documents': [
    '文档边界',
    '分片的一个序列含有几篇文档的片段。连通时每个 token 看得到序列中它之前的全部内容；隔开时只看得到自己所在的文档。',
  ],
  'train.optimizer': [
    '优化器',
    '把梯度变成更新的规则。AdamW 为每个权重调整步幅；SGD 只靠动量；Muon 把每个矩阵的更新正交化。',
  ],
  'train.learningRate': ['学习率', '更新幅度的峰值。太大则损失跳动，太小则进展缓慢。'],
  'train.minLearningRate': ['最终学习率', '调度结束时的学习率。'],
  'train.lrSchedule': ['学习率调度', '预热之后学习率如何下降：不变、直线、余弦，或保持到最后再衰减（WSD）。'],
  'train.warmupSteps': ['预热步数', '学习率从零升到峰值所用的步数：最初的梯度很不稳定。'],
  'train.decaySteps': ['衰减步数', 'WSD 调度末尾下降段的长度。'],
  'train.beta1': ['β₁', 'AdamW 对过去梯度方向的记忆长度：0.9 约为十步。'],
  'train.beta2': ['β₂', 'AdamW 对过去梯度大小的记忆长度：0.95 约为二十步。'],
  'train.epsilon': ['ε', '梯度接近零时，保证 AdamW 的除法安全。'],
  'train.weightDecay': ['权重衰减', '每步在梯度之外把矩阵略微拉向零。偏置和归一化参数不受影响。'],
  'train.momentum': ['动量', 'SGD 和 Muon 把上次更新的多少带到下一次。'],
  'train.clipNorm': ['裁剪范数', '整个模型的梯度若超过此长度，就缩短到此长度。0 表示不裁剪。'],
  'train.seed': ['随机种子', '所有随机数的源头。种子和设置相同，损失就逐位相同。'],
  'train.evalEvery': ['评估间隔', '每隔多少步在留出文本上评估一次。0 表示不评估。'],
  'train.evalBatches': ['评估批数', '每次评估使用的留出文本批数。'],
  'train.sampleEvery': ['取样间隔', '每隔多少步自动写一段样本。0 表示不写。'],
  'train.sampleTokens': ['样本长度', '每段样本的 token 数。'],
  'train.samplePrompt': ['提示', '让模型续写的开头。'],
  'train.sampleTemperature': ['温度', '取样的大胆程度。0 总取最可能的 token，1 完全按模型的概率抽取。'],
  'train.nonFinite': ['遇非有限值', '梯度溢出时怎么办：停止并说明，或跳过这次更新。'],

  step: ['步', '用一批数据更新一次全部权重。'],
  loss: ['训练损失', '模型对批中下一个 token 有多意外，单位 nat：所给概率取 −ln 后的平均值。e 的该次幂就是困惑度。'],
  validationLoss: ['留出损失', '在从未训练过的文本上的同一指标。若它上升而训练损失下降，模型就是在死记硬背。'],
  perplexity: ['困惑度', '模型在多少个同样可能的 token 之间犹豫：e 的损失次幂。'],
  bitsPerByte: ['每字节比特', '损失折算到每字节文本的比特数，便于比较不同的分词器。'],
  uniform: ['均匀基线', '对所有 token 一视同仁地猜，损失为词表大小的自然对数。训练大约从这里开始。'],
  unigram: ['一元基线', '只知道每个 token 出现频率时的损失，在同一份留出文本上测得。'],
  bigram: ['二元基线', '只知道哪个 token 常跟在前一个之后时的损失。低于它，说明模型用到了更长的上下文。'],
  eta: ['剩余时间', '剩余步数乘以最近每步的实测耗时。'],
  speed: ['速度', '每秒训练的 token 数，按最近几步实测。'],
  stepTime: ['每步耗时', '一步所用的毫秒数，按最近几步实测。'],
  elapsed: ['已训练', '用于训练的时间，不含暂停。'],
  gradientNorm: ['梯度范数', '裁剪之前整个模型梯度的长度。突然升高往往是出问题的前兆。'],
  smoothing: ['平滑', '对原始曲线做指数移动平均，原始曲线仍淡淡地显示在后面。只改变画面，不影响训练。'],
  logAxis: ['对数轴', '用对数刻度画损失，后期的进步也看得清。'],
  sample: ['样本', '模型逐个 token 写出的文字，每个都按它自己的预测抽取。'],

  parameters: ['参数量', '训练会改变的全部数值的个数。'],
  memory: ['显存', '训练计划使用或已占用的 GPU 缓冲区字节数。WebGPU 不告知 GPU 总共有多少。'],
  flops: ['计算量', '浮点运算次数，一次乘和一次加计为两次。每参数每 token 约六次。'],
  dispatches: ['调度次数', '一步中启动内核的次数。每次都有固定开销，小模型尤为明显。'],
  tokensPerStep: ['每步 token 数', '批大小乘以序列长度。'],
  predictedTime: ['预测耗时', '由本适配器实测的速率推算，并非本次训练的结果。训练计时之后改为显示实测值。'],
  vocabulary: ['词表大小', '准备好的文本中不同 token 的个数。'],
  bytesPerToken: ['每 token 字节数', '留出文本中每个 token 的 UTF-8 字节数。'],
  trainTokens: ['训练 token 数', '供模型学习的 token 数。'],
  validationTokens: ['留出 token 数', '文本末尾只用于评估的 token 数。'],

  'memory.parameters': ['参数', '权重本身，每个 4 字节。'],
  'memory.gradients': ['梯度', '每个权重一个数：它应往哪边移动。'],
  'memory.optimizer': ['优化器状态', '优化器为每个权重记住的内容：AdamW 两个数，动量法一个数。'],
  'memory.activations': ['激活值', '前向计算为反向计算保留的结果。随批大小和序列长度增长。'],
  'memory.inputs': ['输入与目标', '这一批数据本身。'],
  'memory.scratch': ['临时空间', '存放内核中间结果。'],
  'memory.readback': ['回读', '把损失从 GPU 取回所用的小缓冲区。'],

  adapter: ['适配器', '浏览器允许本页用来计算的设备：GPU，或代替它的程序。'],
  software: ['软件适配器', '由处理器代替 GPU 计算。结果正确，但耗时不能代表 GPU。'],
  limitsProfile: ['限制', '缓冲区和工作组最大能有多大。使用 ?limits=min 时，本页只用所有 WebGPU 设备都保证的大小。'],

  kernel: ['内核', 'GPU 对大量数据同时运行的小程序。旁边注明在本机最快的变体。'],
  phase: ['阶段', '前向算损失，反向算梯度，优化器算新的权重。'],
  share: ['占比', '在一步 GPU 时间中所占的部分。'],
  gflops: ['GFLOP/s', '内核每秒完成多少个十亿次浮点运算。'],
  bandwidth: ['GB/s', '内核必须读写的字节数（各计一次）除以用时。'],
  profileTime: ['时间', '由 GPU 自身的时间戳测得，不含等待浏览器的时间。'],
  tuning: ['选用的内核', '矩阵乘法有多种算法；本适配器上最快的一种经实测选出，并记入本次训练的记录。'],

  maxError: ['最大误差', '所有元素与 64 位参考结果之差的最大值。'],
  tolerance: ['容差', '按求和的项数，32 位舍入所能解释的差异。'],

  ...termsDataZh,
  ...termsLlamaZh,
  ...termsLoraZh,
  ...termsMeshZh,
  ...termsPlannerZh,
  ...termsPlayZh,
  ...termsInsideZh,
  ...termsRaceZh,
  ...termsScheduleZh,
  ...termsShardZh,
};
