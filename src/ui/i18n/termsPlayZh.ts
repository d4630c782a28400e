// Short definitions of the terms of the Play view, in Chinese: [name, definition]. Part of termsZh.

import type { termsPlayEn } from './termsPlayEn';

export const termsPlayZh: Readonly<Record<keyof typeof termsPlayEn, readonly [name: string, definition: string]>> = {
  playMaxTokens: ['新词元数', '写出这么多新词元后结束，除非此前已因别的原因结束。'],
  playTemperature: [
    '温度',
    '抽取前 logit 先除以它：小于 1 时常见词元更占优，大于 1 时罕见词元更有机会。0 总取最可能的。',
  ],
  playTopK: ['Top-k', '只从最可能的这么多个词元中抽取。0 表示不限制。'],
  playTopP: ['Top-p', '只从合计达到此概率的最少几个最可能词元中抽取。1 表示不限制。'],
  playMinP: ['Min-p', '只抽取概率至少为最可能词元这一比例的词元。0 表示不限制。'],
  playRepetitionPenalty: ['重复惩罚', '文本中已有词元的 logit 除以它，负的则乘以它。1 表示不变。'],
  playBeams: [
    '束宽',
    '大于 1 时，不再逐个抽取词元，而是在这么多条并列的文本中找出概率最大的一条。抽取的设置此时不起作用。',
  ],
  playDraftTokens: [
    '草拟词元数',
    '大于 0 时，模型自己的 int4 副本一次提出这么多词元，由模型一遍判定：文本的分布与不用时相同。',
  ],
  playAccepted: ['采纳', '草拟的词元中被模型采纳的个数。'],
  playSeed: ['种子', '随机抽取的起点。提示、设置和种子相同，写出的文本也相同。'],
  playStop: ['停止字符串', '文本在遇到其中任何一个之前结束。'],
  playLogitBias: ['Logit 偏置', '最先加到某个词元的 logit 上：−100 禁止它，100 强制它，小的值略作调整。'],
  playPrefill: ['预填', '提示的词元成批通过模型，直到第一个新词元。实测，不含编译。'],
  playDecode: ['解码', '第一个之后新词元的速度，逐个通过模型。实测。'],
  playCache: ['KV 缓存', '模型所见每个词元的键和值，留存下来，写新词元时不必重读全文。'],
  playSurprise: [
    '意外程度',
    '模型认为一个词元有多不可能：其概率以 2 为底的负对数。0 比特为必然，每多 1 比特概率减半。',
  ],
  playNextToken: ['下一词元的分布', '在此前的文本之后，模型给词表中每个词元作为下一个的概率。'],
  playQuantization: ['量化', '把权重存成 8 位或 4 位整数与一个缩放系数：int8 每个输出通道一个，int4 每组输入一个。'],
  playPruning: ['剪枝', '把权重置零：绝对值最小的那些，或每相邻四个中的两个（2:4），稀疏硬件可以跳过。'],
  playDistillation: ['蒸馏', '较小的学生既向较大的教师对每个下一词元给出的概率学习，也向文本本身学习。'],
  playDistilTemperature: ['温度', '在损失中，教师与学生的 logit 都除以它：大于 1 时，教师认为不太可能的词元分量更重。'],
  playDistilShare: ['教师占比', '在学生训练所用损失中所占的份额；其余来自文本本身。'],
  playPerplexityChange: ['变化', '留出文本上的困惑度与原模型之比的变化。升高即变差。'],
  readMask: ['空', '被隐藏的词：模型受训从两侧的词猜出它。概率遍及整个词表。'],
  readScore: ['得分', '答案从此处开始的概率乘以在彼处结束的概率，按文本中的位置计算。'],
  readSimilarity: ['相似度', '两段文本向量的余弦：1 为同向，0 为无关。未为此训练的模型说明不了多少。'],
  playFinish: ['结束', '文本为何结束。'],
  playTokens: ['词元', '模型读写文本的最小单位。'],
};
