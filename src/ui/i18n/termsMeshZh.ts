// Short definitions of every term of meshes, in Chinese: [name, definition]. Part of termsZh.

import type { termsMeshEn } from './termsMeshEn';

export const termsMeshZh: Readonly<Record<keyof typeof termsMeshEn, readonly [name: string, definition: string]>> = {
  'parallel.dp': ['副本数（dp）', '数据并行：模型有几份副本，各取一部分批数据。梯度相加，因此各副本始终相同。'],
  'parallel.pp': ['流水线（pp）', '各层依次分给多少个 rank。激活值向前传，梯度往回传。'],
  'parallel.tp': ['张量（tp）', '张量并行：多少个 rank 分担同一层，按注意力头、矩阵的行列和词表的行来分。'],
  'parallel.zero': [
    'ZeRO 级别',
    '副本之间不再重复保存什么：1 优化器状态，2 再加梯度，3 再加参数。训练相同，内存更少。',
  ],
  'parallel.schedule': ['流水线调度', '每个 rank 以什么次序做各微批的前向与反向：决定空闲多久、要保存多少。'],
  'parallel.stagesPerRank': ['每 rank 阶段数', '一个 rank 持有几段不相连的层。越多，流水线气泡越小，消息越多。'],
  'parallel.bucketKib': ['分桶（KiB）', '梯度在反向进行时成批传送，每批至少这么大：小则早发，大则消息少。'],
  'parallel.strategy': [
    '策略',
    '副本何时汇合：每一步（同步）、谁好谁先（异步），或各自走几步之后（local SGD、DiLoCo）。',
  ],
  'parallel.maxStaleness': ['陈旧上限', '应用一个梯度时，它所依据的权重最多可以旧几个版本。0 表示等所有副本。'],
  'parallel.asyncService': [
    '权重所在',
    '异步训练把权重和优化器状态放在哪里：分散在所有 rank 上，或全在 rank 0 上，它便不再计算梯度。',
  ],
  'parallel.localSteps': ['本地步数', '两次汇合之间每个副本独自走的步数。'],
  'parallel.outerLearningRate': ['外层学习率', 'DiLoCo：汇合时采纳各副本平均变化的多少。'],
  'parallel.outerMomentum': ['外层动量', 'DiLoCo：把以往汇合的变化带入下一次的多少。'],
  'parallel.compression': [
    '梯度压缩',
    '梯度传送之前变成什么：更少的位数（f16、int8）、只取最大的（top-k），或两个瘦长的因子（PowerSGD）。',
  ],
  'parallel.topKShare': ['发送比例', 'top-k：只发送绝对值最大的这一部分梯度。'],
  'parallel.powerRank': ['因子秩', 'PowerSGD：代表一个梯度矩阵的两个因子的列数。'],
  'parallel.errorFeedback': ['误差反馈', '压缩舍去的部分留到下一次梯度再加上：不会丢失，只是迟到。'],
  'parallel.dpLatencyMs': ['dp 延迟（ms）', '副本之间的每条消息都等待这么久，如同较慢的链路。'],
  'parallel.dpBandwidth': ['dp 带宽（MB/s）', '副本之间的字节按此速率传送。0 表示与页面一样快。'],
  'parallel.ppLatencyMs': ['pp 延迟（ms）', '流水线阶段之间的每条消息都等待这么久。'],
  'parallel.ppBandwidth': ['pp 带宽（MB/s）', '流水线阶段之间的字节按此速率传送。0 表示与页面一样快。'],
  'parallel.tpLatencyMs': ['tp 延迟（ms）', '张量并行 rank 之间的每条消息都等待这么久。'],
  'parallel.tpBandwidth': ['tp 带宽（MB/s）', '张量并行 rank 之间的字节按此速率传送。0 表示与页面一样快。'],

  'memory.gathered': ['临时汇集', '某一层的参数或梯度，只在用到时才是完整的（ZeRO 2 和 3）。'],
  mesh: ['网格', '一次训练的全部 rank，沿三个轴排布：副本、流水线阶段、层内的份。'],
  rank: ['Rank', '网格中的一个位置，由一个带有自己设备的 worker 担任，与其他 rank 交换张量。'],
  rankPlace: ['位置', '该 rank 在网格各轴上的编号；只有一个 rank 的轴略去。'],
  bytesIn: ['收', '训练开始以来从其他 rank 收到的字节。'],
  bytesOut: ['发', '训练开始以来发给其他 rank 的字节。'],
  busyShare: ['忙碌', '最近几步中，该 rank 既不等消息也不空闲的时间比例。'],
  timeline: [
    '时间线',
    '实际执行的一步，每个动作一块，按同一时钟测得。上面是 rank 自身的工作，一遍计算从交给 GPU（或 GPU 空出来）起，到 GPU 算完为止；下面是交换，包括等待。',
  ],
  ledger: ['通信', '训练开始以来 rank 之间发送的全部内容，按交换方式、轴和内容分列。'],
  collective: [
    '集合操作',
    '一组 rank 之间的交换。all-reduce 求和并分发给所有人；all-gather 拼合各份；reduce-scatter 求和后各留一份。',
  ],
  ledgerCalls: ['调用', '各 rank 参与这种交换的次数之和。'],
  ledgerMessages: ['消息', '发出的消息数。多个 rank 之间的一次交换需要好几条。'],
  ledgerTime: ['时间', '每次调用从开始到结束（含等待），对所有 rank 求和。同时进行的交换各自计入。'],
  proof: ['证明', '在单个 worker 上走同样的一步，与网格的结果逐值比较。'],
  relativeError: ['相对差异', '最大差异除以该张量在单个 worker 上的最大值。'],
  ulp: ['ULP', '末位单位：相邻两个 32 位数之间的距离。换一种求和次序会差几个。'],
  replicas: ['副本', '多个 rank 共同持有的内容，在每个 rank 上的校验和必须逐位相同。'],
  merge: ['合并后的权重', '把各份拼成一个模型，与各 rank 所存的内容逐位比较。'],
  meshSpeed: ['吞吐量', '整个网格每秒训练的 token 数，按最近几步实测。'],
  oneWorkerSpeed: ['单个 worker', '单个 worker 在同一全局批上每秒的 token 数，在本页实测。'],
  speedRatio: ['比值', '网格的吞吐量除以单个 worker 的吞吐量。大于 1 表示网格在本机更快。'],
  timeShares: ['时间去向', '各步时间的占比，对 rank 取平均：自身工作（编码、求和、发送）、等待 GPU、等待其他 rank。'],
  emulatedLinks: [
    '模拟链路',
    '像较慢的网络那样延缓消息，使一台机器上也能体会各种策略。开启时的耗时并非本机的真实耗时。',
  ],
};
