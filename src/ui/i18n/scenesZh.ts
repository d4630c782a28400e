// The words of the ready scenes in Chinese.

import type { ScenesDictionary } from './scenesEn';

export const scenesZh: ScenesDictionary = {
  title: '现成场景',
  intro:
    '完整的应用：数据、用它训练的模型，以及模型在没见过的数据上的表现，旁边是一个简单的基线。场景在自己的设备上运行；上面的训练会暂停，并保持原样。',
  items: {
    writing: {
      title: '写作',
      purpose: 'GPT 续写小说。',
      explanation: 'GPT 逐字符学习《白鲸记》。书的结尾留作验证：模型对它的预测必须好过只统计字符对。',
    },
    translation: {
      title: '翻译',
      purpose: '用因果模型把英文译成中文。',
      explanation:
        '每行是英文、制表符和中文，取自 TypeScript 编译器的消息。给出一行没见过的英文，模型接着写；写出的内容按字符片段与正确译文比较。',
    },
    moderation: {
      title: '内容审核',
      purpose: 'BERT 找出诈骗、辱骂和广告。',
      explanation:
        '一个虚构社区的消息，由本实验室自己编写：无害的消息谈论同样的事，留作验证的消息来自训练从未见过的模板。移动阈值，看看代价。',
    },
    'customer-service': {
      title: '客服',
      purpose: 'BERT 在实验室的帮助中找到答案。',
      explanation:
        '关于本实验室的问题及其帮助。一个模型把问题变成向量，找出最接近的已知问题；另一个在段落中标出答案。留作验证的问题换了说法。',
    },
  },
  size: '规模',
  sizes: { small: '小', full: '完整' },
  sizeHints: { small: '在软件适配器上几分钟', full: '在 GPU 上几分钟，在软件适配器上几小时' },
  run: '运行场景',
  runAgain: '再运行一次',
  stop: '停止',
  busy: '另一个场景正在运行',
  phases: {
    data: '正在读取并切分数据…',
    compile: '正在准备设备…',
    train: '正在训练…',
    ask: '正在用留出的数据提问模型…',
    judge: '正在与基线比较…',
  },
  units: {
    tokens: (count) => `${count} 个词元`,
    pairs: (count) => `${count} 对`,
    messages: (count) => `${count} 条消息`,
    questions: (count) => `${count} 个问题`,
  },
  data: (source, training, heldOut) => `数据：${source}；训练用 ${training}，留出 ${heldOut}。`,
  step: (step, steps, loss) => `第 ${step} 步，共 ${steps} 步，损失 ${loss} 奈特。`,
  beaten: '优于基线',
  notBeaten: '不优于基线',
  wasBeaten: '在留出的数据上，模型优于基线。',
  wasNotBeaten: '在留出的数据上，模型不优于基线。',
  scores: '在留出数据上的度量',
  measure: '度量',
  model: '模型',
  beside: '对照',
  better: { higher: '越高越好', lower: '越低越好' },
  metrics: {
    loss: '损失，每词元奈特',
    perplexity: '困惑度',
    'target-loss': '译文的损失，每词元奈特',
    chrf: 'chrF，0 到 100',
  },
  baselines: { bigram: '词元对', copy: '英文原样', nearest: '最接近的已知文本（TF-IDF）' },
  forComparison: (words) => `${words}（供比较）`,
  trained: (parameters, steps, time) => `${parameters} 个参数，${steps} 步，用时 ${time}。`,
  took: (size, time, adapter) => `规模：${size}，总用时 ${time}，适配器 ${adapter}。`,
  software: '这是软件适配器：GPU 只需一小部分时间。',
  examples: '留出的例子',
  given: '给出',
  expected: '正确',
};
