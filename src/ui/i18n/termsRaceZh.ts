// Short definitions of the terms of races, in Chinese: [name, definition]. Part of termsZh.

import type { termsRaceEn } from './termsRaceEn';

export const termsRaceZh: Readonly<Record<keyof typeof termsRaceEn, readonly [name: string, definition: string]>> = {
  race: ['竞赛', '几种更新策略从相同的权重、用相同的批依次训练，比较损失、字节和时间。'],
  raceLoss: ['损失', '最后几步的训练损失，平滑程度与你的损失曲线相同。'],
  raceHeldOut: ['留出损失', '在从不用于训练的文本上的损失，参赛者走完全部步数后计算一次。'],
  raceBytes: ['每步每 rank 发送', '一个 rank 每步发出的字节，对 rank 和步数取平均；评估时的通信不计入。'],
  raceStaleness: ['陈旧度', '被应用的梯度所依据的权重，最多比应用时的权重旧几个版本。'],
};
