// All of the page's English, as one file that is fetched.

import { en } from './en';
import { termsEn } from './termsEn';
import type { Words } from './words';

export const english: Words = { t: en, terms: termsEn };
