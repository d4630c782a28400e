// All kernel families that `verify` runs. A family that is missing here is not verified: a test compares this list with the shader files.

import type { KernelFamily } from '../kernelCase';
import { attentionFamily } from './attentionCases';
import { draftFamily } from './draftCases';
import { embeddingFamily } from './embeddingCases';
import { generationFamily } from './generationCases';
import { insideFamily } from './insideCases';
import { matmulFamily } from './matmulCases';
import { normFamily } from './normCases';
import { optimizerFamily } from './optimizerCases';
import { pointwiseFamily } from './pointwiseCases';
import { quantizedFamily } from './quantizedCases';
import { softmaxFamily } from './softmaxCases';
import { tensorParallelFamily } from './tensorParallelCases';

export const kernelFamilies: readonly KernelFamily[] = [
  matmulFamily,
  quantizedFamily,
  attentionFamily,
  normFamily,
  pointwiseFamily,
  softmaxFamily,
  embeddingFamily,
  tensorParallelFamily,
  optimizerFamily,
  generationFamily,
  draftFamily,
  insideFamily,
];
