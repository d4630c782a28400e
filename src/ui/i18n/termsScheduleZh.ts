// Short definitions of the terms of schedules and traffic, in Chinese: [name, definition]. Part of termsZh.

import type { termsScheduleEn } from './termsScheduleEn';

export const termsScheduleZh: Readonly<
  Record<keyof typeof termsScheduleEn, readonly [name: string, definition: string]>
> = {
  stepSchedule: [
    '调度',
    '一步之中每个 rank 的每个动作随时间的排布：上面是自身工作，下面是交换。斜线为按计划预测，实心为实测。',
  ],
  computeShare: ['计算', '一步之中，各 rank 做自身工作的时间占比。'],
  communicationShare: ['通信', 'rank 没有工作可做而自己的交换正在进行的时间占比。被计算掩盖的交换不花时间，也不计入。'],
  bubbleShare: [
    '气泡',
    'rank 等待其他 rank 或无事可做的时间占比。1F1B 在 p 个相等阶段、m 个微批下为 (p − 1) / (m + p − 1)。',
  ],
  trafficMatrix: ['一步的流量', '一步之中每个 rank 发给每个 rank 的字节数：按计划推算的，与传输层实际数出的。'],
  stepWalk: ['一步的故事', '按动作结束的次序逐个走完一步训练，并说明每个动作之后各 rank 持有什么。'],
  heldActivations: ['激活值', '正在占用的激活值：由前向取得，由同一微批的反向归还。'],
};
