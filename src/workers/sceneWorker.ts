// Entry of a scene worker: exposes a scene's data and judgement and nothing else. The launcher kills it when it overstays its deadline.

import { expose } from 'comlink';
import { createSceneHost } from './sceneHost';
import { carryErrors } from './settling';

expose(
  carryErrors(createSceneHost((path) => fetch(new URL(`${import.meta.env.BASE_URL}${path}`, self.location.origin)))),
);
