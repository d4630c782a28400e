// Short definitions of the planner's terms, in English: [name, definition]. Part of termsEn.

type TermText = readonly [name: string, definition: string];
const term = (name: string, definition: string): TermText => [name, definition];

export const termsPlannerEn = {
  'plan.ranks': term('Ranks', 'Devices that train together. Replicas follow this number: it is dp × pp × tp.'),
  'plan.contextParallel': term(
    'Context (cp)',
    'Ranks along dp that share each sequence, each with a stretch of it, and pass keys and values round.',
  ),
  'plan.globalBatch': term('Global batch', 'Sequences behind one update, over all replicas and micro-batches.'),
  'plan.microBatchRows': term(
    'Micro-batch',
    'Sequences that a replica computes at once. More fill the device better and need more memory; fewer leave more micro-batches to fill a pipeline.',
  ),
  'plan.precision': term(
    'Precision',
    'What matrix products take in. Weights and optimiser state stay in 32 bits; sums are always in f32.',
  ),
  'plan.recomputation': term(
    'Recomputed',
    'Which activations are thrown away and computed again in the backward pass: nothing, attention’s scores, or everything but each layer’s input.',
  ),
  'plan.moments': term(
    'Optimiser state',
    'Values that the optimiser keeps for each parameter besides the weight itself.',
  ),
  'plan.fusedAttention': term(
    'Fused attention',
    'Attention in one kernel whose scores never reach the device’s memory: faster, and nothing of them is kept.',
  ),
  'plan.compiled': term(
    'Compiled',
    'Element-wise kernels are fused by a compiler, so that fewer bytes pass through memory.',
  ),
  'plan.sequenceParallel': term(
    'Sequence parallel',
    'Norms and the residual stream are divided over tensor-parallel ranks too, by tokens: less memory, the same traffic.',
  ),
  'plan.overlappedTensor': term(
    'Asynchronous tp',
    'Tensor-parallel exchanges run in pieces beside the products that need them, instead of before and after.',
  ),
  'plan.straggler': term('Slowest rank', 'Its time over that of the others: 1.05 is 5% slower. All wait for it.'),
  'plan.deviceHours': term(
    'Hours between failures',
    'Mean time until one device stops the run. A thousand devices fail a thousand times as often.',
  ),
  'plan.checkpointMinutes': term(
    'Checkpoint every (min)',
    'What was trained since the last checkpoint is lost in a failure.',
  ),
  'plan.checkpointSeconds': term(
    'Checkpoint takes (s)',
    'How long training stands still while a checkpoint is written.',
  ),
  'plan.restartMinutes': term('Restart takes (min)', 'From a failure until training goes on from the last checkpoint.'),
  'plan.hw.f32': term('Peak f32', 'Floating-point operations a second of the device’s data sheet, in 32 bits.'),
  'plan.hw.bf16': term('Peak bf16', 'The same for 16-bit matrix products with 32-bit sums, without sparsity.'),
  'plan.hw.fp8': term('Peak fp8', 'The same for 8-bit matrix products with 32-bit sums, without sparsity.'),
  'plan.hw.memoryGiB': term('Memory', 'Of one device. A part is held by driver and communication library.'),
  'plan.hw.memoryRate': term('Memory rate', 'Bytes a second between the device and its own memory.'),
  'plan.hw.nodeDevices': term('Devices a node', 'Devices that reach each other over the fast links of one machine.'),
  'plan.hw.nodeRate': term(
    'Links in the node',
    'Bytes a second that a device can send inside its machine, in one direction.',
  ),
  'plan.hw.nodeLatency': term('Latency in the node', 'Time of a message beside its bytes.'),
  'plan.hw.clusterRate': term(
    'Links between nodes',
    'Bytes a second that a device can send to another machine, in one direction.',
  ),
  'plan.hw.clusterLatency': term('Latency between nodes', 'Time of a message beside its bytes.'),
  'plan.reach.attention': term('Attention', 'Share of the peak that fused attention reaches.'),
  'plan.reach.memory': term('Element-wise', 'Share of the memory rate that element-wise kernels reach.'),
  'plan.reach.nodeLink': term('In the node', 'Share of a link’s rate that a collective inside a node reaches.'),
  'plan.reach.clusterLink': term('Between nodes', 'Share of a link’s rate that a collective between nodes reaches.'),
  'plan.reach.overlap': term('Overlap', 'Share of an exchange beside computation that really costs no time.'),
  planStep: term(
    'Step time',
    'From the first forward to the last updated weight. Predicted by running the plan’s own actions as events.',
  ),
  planRate: term('Tokens a second', 'Tokens of the global batch over the step time, for the whole cluster.'),
  mfu: term(
    'Model FLOPs utilisation',
    'Operations that the model itself needs, without what is computed again, over what the devices could do in that time.',
  ),
  planTeraflops: term('Computed', 'Operations a second and device, with what is computed again.'),
  bubble: term('Bubble', 'Share of a rank’s time in which it has nothing to do because of the pipeline’s order.'),
  exposed: term('Exposed', 'Time of an exchange in which the rank could not compute: what overlap did not hide.'),
  planMemory: term(
    'Memory',
    'What the fullest rank holds at its peak: parameters, gradients, optimiser state, activations and buffers.',
  ),
  planShares: term('Shares', 'Computing, communication that nothing hides, and bubble; the mean over all ranks.'),
  goodput: term(
    'Goodput',
    'Share of wall time that ends up in the model: without checkpoints, restarts, and what a failure makes to be done again.',
  ),
  paretoFront: term(
    'Beaten by none',
    'Plans that no other beats in both step time and memory: to be faster costs memory, to need less costs time.',
  ),
  neighbour: term(
    'Neighbour',
    'A plan that differs in one setting: an axis halved and another doubled, or one setting’s next value.',
  ),
} satisfies Record<string, TermText>;
