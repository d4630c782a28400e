// Short definitions of the terms of the Inside view, in Chinese: [name, definition]. Part of termsZh.

import type { termsInsideEn } from './termsInsideEn';

export const termsInsideZh: Readonly<Record<keyof typeof termsInsideEn, readonly [name: string, definition: string]>> =
  {
    attentionMap: ['注意力', '一个头把每个词元的多少混入另一个词元：每行之和为 1。因果模型看不到右边的词元。'],
    logitLens: ['Logit 透镜', '若模型在某层之后就结束，它会说什么：把模型自己的最终归一化和输出头用在该层的残差流上。'],
    residualStream: ['残差流', '每个词元的向量，各层从中读取并加回；最后由输出头读取。'],
    tensorWatch: ['一步中的张量', '参数、梯度、矩和激活在一步中途于各 rank 上的样子，由设备上的内核查看。'],
  };
