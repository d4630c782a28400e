// Short definitions of the settings of Llama and its relatives, and of BERT, in Chinese: [name, definition]. Part of termsZh.

import type { termsLlamaEn } from './termsLlamaEn';

export const termsLlamaZh: Readonly<Record<keyof typeof termsLlamaEn, readonly [name: string, definition: string]>> = {
  'model.model_type': [
    '模型族',
    '各层如何构成：GPT-2，通读整段文本的 BERT、DistilBERT 与 RoBERTa，或使用旋转位置与门控前馈的 Llama 及其近亲。',
  ],
  'model.architecture': [
    '输出头',
    '编码器训练后给出什么：被遮的 token、类别、每个词的标签，或文中的答案。除第一种外都需要带标签的记录。',
  ],
  'model.hidden_dropout_prob': ['随机失活', '训练时随机置零的数值比例。'],
  'model.attention_probs_dropout_prob': ['注意力随机失活', '训练时随机置零的注意力权重比例。'],
  'model.num_hidden_layers': ['层数', '堆叠的 Transformer 块数，每块含一个注意力和一个前馈部分。'],
  'model.hidden_size': ['宽度', '模型内部用多少个数表示一个 token。参数量随其平方增长。'],
  'model.intermediate_size': ['前馈宽度', '前馈部分的宽度：有两个这样宽的矩阵，带门控的有三个。'],
  'model.n_layers': ['层数', '堆叠的 Transformer 块数，每块含一个注意力和一个前馈部分。'],
  'model.dim': ['宽度', '模型内部用多少个数表示一个 token。参数量随其平方增长。'],
  'model.n_heads': ['头数', '每层中并行的注意力个数，须整除宽度。'],
  'model.hidden_dim': ['前馈宽度', '前馈部分的宽度：有两个这样宽的矩阵。'],
  'model.dropout': ['随机失活', '训练时随机置零的数值比例。'],
  'model.num_attention_heads': ['查询头数', '每层中并行的注意力个数，各有自己的查询。'],
  'model.num_key_value_heads': ['键值头数', '若干查询头共用一个键值头，使生成时的缓存更小。留空：与查询头一样多。'],
  'model.head_dim': ['头宽', '每个头的查询、键和值的维数，须为偶数。留空：宽度除以查询头数。'],
  'model.max_position_embeddings': [
    '上下文长度',
    '模型一次最多能看到多少个 token。编码器的位置靠学习（RoBERTa 把最前面的留给填充）；Llama 的位置通过旋转表示。',
  ],
  'model.rms_norm_eps': ['归一化 ε', '避免 RMS 归一化除以零的小数。'],
  'model.attention_dropout': ['注意力 dropout', '训练时随机置零的注意力权重比例。'],
  'model.rope_theta': ['旋转基数', '成对的维度随位置旋转：最快每个 token 转一弧度，最慢约为这个数分之一。'],
  'model.rope_type': ['旋转缩放', '为更长的上下文放慢旋转：所有维度一起（线性），或只放慢慢的那些（Llama 3）。'],
  'model.rope_factor': ['缩放倍数', '被放慢的频率除以多少。'],
  'model.rope_low_freq_factor': ['慢频界', '在原上下文内转数少于它的维度按整个倍数放慢。'],
  'model.rope_high_freq_factor': ['快频界', '在原上下文内转数多于它的维度保持原速。'],
  'model.rope_original_positions': ['原上下文', '缩放之前，这些频率所针对的上下文长度。'],
  'model.attention_bias': ['注意力偏置', '给查询、键、值及其输出各加一个可学习的向量。'],
  'model.mlp_bias': ['前馈偏置', '给前馈部分的每个乘积加一个可学习的向量。'],
  'model.use_sliding_window': ['滑动窗口', '让部分层只看到最近的 token。'],
  'model.sliding_window': ['窗口长度', '带窗口的层能看到多少个 token，最新的也算在内。留空：全部。'],
  'model.max_window_layers': ['首个窗口层', '从这一层起使用窗口。'],
};
