// Short definitions of the terms of the Shard view, in Chinese: [name, definition]. Part of termsZh.

import type { termsShardEn } from './termsShardEn';

export const termsShardZh: Readonly<Record<keyof typeof termsShardEn, readonly [name: string, definition: string]>> = {
  tensorTiles: ['张量', '模型的每个张量是一个图块：行是张量的种类，按模型顺序；列是层。颜色表示持有它的 rank。'],
  placement: [
    '放置',
    '张量沿网格一个轴的分布，用 DTensor 的说法：Replicate（每个 rank 都有全部）、Shard（各有一部分）、Partial（各有一个加数）。',
  ],
  strategyPreset: ['切分方式', '把模型铺到多个 rank 上的六种经典方式，按当前模型调整。模型、数据与训练设置不变。'],
  rankMemory: [
    '各 rank 内存',
    '每个 rank 的 GPU 内存，按种类。描边：按同样的规则推算；实心：在该 rank 实际分配的缓冲区上统计。',
  ],
};
