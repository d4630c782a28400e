// The words of questions to a model that reads whole texts, in Chinese.

import type { ReadingDictionary } from './readingEn';

export const readingZh: ReadingDictionary = {
  titles: {
    fill: '填空',
    classify: '分类',
    tag: '标注词语',
    answer: '回答',
    similar: '比较文本',
  },
  ask: '提问',
  asking: '正在读…',
  oneALine: '每行一段',
  fill: {
    text: '带空的文本',
    hint: '在缺词处写 [MASK]（RoBERTa 写 <mask>）。',
    topK: '候选数',
    gap: (number: string) => `第 ${number} 个空`,
  },
  classify: { texts: '文本' },
  tag: { text: '文本' },
  answer: {
    question: '问题',
    context: '文本',
    contextHint: '答案是其中的一段。',
    topK: '答案数',
    maxTokens: '答案的词元数',
    allowNone: '可能没有答案',
    none: '文本中没有答案',
    windows: (count: string) => (count === '1' ? '一次读完' : `分 ${count} 个窗口读`),
  },
  similar: {
    texts: '文本',
    hint: '两段以上，每行一段',
    pooling: '文本的向量',
    poolings: { mean: '各词元的平均', pooled: '由 pooler 给出' },
    caption: '两两文本的余弦',
  },
};
