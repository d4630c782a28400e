// The terms of low-rank adapters in Chinese. Part of termsZh.

import type { termsLoraEn } from './termsLoraEn';

export const termsLoraZh: Readonly<Record<keyof typeof termsLoraEn, readonly [name: string, definition: string]>> = {
  'lora.r': ['适配器的秩', '在每个权重旁训练两个这一秩的窄矩阵，权重本身冻结不变。0 表示训练整个模型。'],
  'lora.lora_alpha': ['Alpha', '适配器所加的部分乘以 alpha 除以秩。'],
  'lora.target_modules': [
    '加适配器的层',
    '模块名的结尾，用逗号隔开，例如 c_attn 或 q_proj,v_proj；all-linear 表示各块中的所有线性层。',
  ],
  'lora.lora_dropout': [
    '适配器丢弃率',
    '训练时，适配器所读的值中有这么大一部分置零，每步重抽；旁边冻结的权重读到全部。',
  ],
  'lora.use_rslora': ['秩稳定', '改为乘以 alpha 除以秩的平方根，使较大的秩不会学得更慢。'],
};
