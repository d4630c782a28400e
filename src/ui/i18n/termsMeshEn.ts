// Short definitions of every term of meshes, in English: [name, definition]. Part of termsEn.

type TermText = readonly [name: string, definition: string];
const term = (name: string, definition: string): TermText => [name, definition];

export const termsMeshEn = {
  'parallel.dp': term(
    'Replicas (dp)',
    'Data parallel: how many copies of the model each take a part of the batch. They add up their gradients, so all stay equal.',
  ),
  'parallel.pp': term(
    'Pipeline (pp)',
    'How many ranks the layers are divided over, one after another. Activations go forward, their gradients come back.',
  ),
  'parallel.tp': term(
    'Tensor (tp)',
    'Tensor parallel: how many ranks share each layer, by heads, columns and rows of its matrices and rows of the vocabulary.',
  ),
  'parallel.zero': term(
    'ZeRO stage',
    'What replicas no longer hold twice: 1 the optimiser state, 2 the gradients too, 3 the parameters too. Same training, less memory.',
  ),
  'parallel.schedule': term(
    'Pipeline schedule',
    'The order in which each rank runs forward and backward of its micro-batches: it decides how long ranks idle and how much they hold.',
  ),
  'parallel.stagesPerRank': term(
    'Stages a rank',
    'How many separate runs of layers one rank holds. More make the pipeline’s bubble smaller and its messages more.',
  ),
  'parallel.bucketKib': term(
    'Bucket (KiB)',
    'Gradients travel in parcels of at least this size, while backward goes on: small ones start early, large ones cost fewer messages.',
  ),
  'parallel.strategy': term(
    'Strategy',
    'When replicas come together: at every step (sync), whenever one is ready (async), or after several steps of their own (local SGD, DiLoCo).',
  ),
  'parallel.maxStaleness': term(
    'Staleness bound',
    'How many versions old the weights behind a gradient may be when it is applied. 0 waits for everybody.',
  ),
  'parallel.asyncService': term(
    'Weights’ home',
    'Where asynchronous training keeps weights and optimiser state: dealt out over all ranks, or on rank 0 alone, which then computes no gradients.',
  ),
  'parallel.localSteps': term('Local steps', 'Steps that a replica takes alone between two meetings.'),
  'parallel.outerLearningRate': term(
    'Outer rate',
    'DiLoCo: how much of the replicas’ mean change is taken over at a meeting.',
  ),
  'parallel.outerMomentum': term(
    'Outer momentum',
    'DiLoCo: how much of earlier meetings’ change is carried into the next.',
  ),
  'parallel.compression': term(
    'Compression',
    'What gradients are turned into before they travel: fewer bits (f16, int8), only the largest (top-k), or two thin factors (PowerSGD).',
  ),
  'parallel.topKShare': term('Share sent', 'Top-k: the part of all gradient values that is sent, the largest ones.'),
  'parallel.powerRank': term('Factor rank', 'PowerSGD: columns of the two factors that stand for a gradient matrix.'),
  'parallel.errorFeedback': term(
    'Error feedback',
    'What compression left out is kept and added to the next gradient, so that nothing is lost, only late.',
  ),
  'parallel.dpLatencyMs': term(
    'dp latency (ms)',
    'Every message between replicas waits this long, as on a slower link.',
  ),
  'parallel.dpBandwidth': term(
    'dp bandwidth (MB/s)',
    'Bytes between replicas take as long as at this rate. 0: as fast as the page is.',
  ),
  'parallel.ppLatencyMs': term('pp latency (ms)', 'Every message between pipeline stages waits this long.'),
  'parallel.ppBandwidth': term(
    'pp bandwidth (MB/s)',
    'Bytes between pipeline stages take as long as at this rate. 0: as fast as the page is.',
  ),
  'parallel.tpLatencyMs': term('tp latency (ms)', 'Every message between tensor-parallel ranks waits this long.'),
  'parallel.tpBandwidth': term(
    'tp bandwidth (MB/s)',
    'Bytes between tensor-parallel ranks take as long as at this rate. 0: as fast as the page is.',
  ),

  'memory.gathered': term(
    'Gathered',
    'Parameters or gradients of one layer that are whole only while it is used (ZeRO 2 and 3).',
  ),
  mesh: term('Mesh', 'All ranks of a run, arranged along three axes: replicas, pipeline stages, and parts of a layer.'),
  rank: term(
    'Rank',
    'A place in the mesh. A worker with a device of its own fills it and exchanges tensors with the others.',
  ),
  rankPlace: term('Place', 'The rank’s number along each axis of the mesh; axes of one rank are left out.'),
  bytesIn: term('In', 'Bytes that came from other ranks since the run began.'),
  bytesOut: term('Out', 'Bytes sent to other ranks since the run began.'),
  busyShare: term('Busy', 'Share of the last steps in which the rank neither waited for a message nor idled.'),
  timeline: term(
    'Timeline',
    'One step as executed, a bar an action, on one clock. Above: what the rank did itself; a pass lasts until the GPU has done it, from when it was given to it or free for it. Below: exchanges, waiting included.',
  ),
  ledger: term(
    'Communication',
    'All that ranks have sent each other since the run began, by kind of exchange, axis and content.',
  ),
  collective: term(
    'Collective',
    'An exchange among a group of ranks. All-reduce sums and gives everybody the sum; all-gather joins parts; reduce-scatter sums and leaves each its part.',
  ),
  ledgerCalls: term('Calls', 'How often ranks took part in such an exchange, each rank counted.'),
  ledgerMessages: term('Messages', 'Messages sent. One exchange among many ranks takes several.'),
  ledgerTime: term(
    'Time',
    'From start to end of each call, waiting included, summed over ranks. Exchanges at the same time all count.',
  ),
  proof: term('Proof', 'The same step on one worker, compared value by value with what the mesh computed.'),
  relativeError: term('Relative', 'The largest difference over the largest value of that tensor on one worker.'),
  ulp: term(
    'ULP',
    'Unit in the last place: the distance between neighbouring 32-bit numbers. Sums in another order differ by a few.',
  ),
  replicas: term('Replicas', 'What several ranks hold in common must have the same checksum on each, to the last bit.'),
  merge: term('Merged weights', 'The parts put together as one model, compared bit for bit with what the ranks hold.'),
  meshSpeed: term('Throughput', 'Tokens trained each second by the whole mesh, measured over recent steps.'),
  oneWorkerSpeed: term(
    'One worker',
    'Tokens each second of one worker on the same global batch, measured in this page.',
  ),
  speedRatio: term('Ratio', 'The mesh’s throughput over that of one worker. Above 1 the mesh is faster here.'),
  timeShares: term(
    'Where time goes',
    'Share of the steps’ time, mean over ranks: own work (encoding, adding, sending), waiting for the GPU, waiting for other ranks.',
  ),
  emulatedLinks: term(
    'Emulated links',
    'Messages are held back as a slower network would, so that strategies can be felt on one machine. Times with it on are not this machine’s own.',
  ),
} satisfies Record<string, TermText>;
