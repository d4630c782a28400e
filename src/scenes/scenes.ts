// All scenes by name.

import type { SceneName } from '../core/sceneRecords';
import { customerService } from './customerService';
import { moderation } from './moderation';
import type { Scene } from './scene';
import { translation } from './translation';
import { writing } from './writing';

export const scenes: Readonly<Record<SceneName, Scene>> = {
  writing,
  translation,
  moderation,
  'customer-service': customerService,
};
