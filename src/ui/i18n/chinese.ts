// All of the page's Chinese, as one file that is fetched.

import { termsZh } from './termsZh';
import type { Words } from './words';
import { zh } from './zh';

export const chinese: Words = { t: zh, terms: termsZh };
