// The view that the page shows: the first one is there at once, others are fetched; meanwhile empty frames hold their place, and a view that did not
// come says so and is asked for again. It knows nothing of what views hold.

import { Suspense, useState } from 'react';
import { ErrorBoundary } from 'react-error-boundary';
import { useText } from './i18n/useText';
import { Key } from './parts/Buttons';
import { useView } from './stores/viewStore';
import { TrainView } from './train/TrainView';
import styles from './ViewInUse.module.css';
import { type FetchedView, fetchedView, forgetView, ViewNotFetched } from './views';

export function ViewInUse() {
  const name = useView((state) => state.view);
  return name === 'train' ? <TrainView /> : <Fetched key={name} name={name} />;
}

function Fetched({ name }: { readonly name: FetchedView }) {
  const { t } = useText();
  const [attempt, setAttempt] = useState(0);
  const View = fetchedView(name);
  const again = () => {
    forgetView(name);
    setAttempt(attempt + 1);
  };
  return (
    <ErrorBoundary
      key={attempt}
      fallbackRender={({ error }) => {
        // What fails within a view is not this one's business.
        if (!(error instanceof ViewNotFetched)) throw error;
        return (
          <main id="main" className={styles.failed} tabIndex={-1}>
            <p role="alert">{t.panel.notFetched}</p>
            <Key onClick={again}>{t.panel.retry}</Key>
          </main>
        );
      }}
    >
      <Suspense fallback={<Frames />}>
        <View />
      </Suspense>
    </ErrorBoundary>
  );
}

/** As most views are divided. */
function Frames() {
  const { t } = useText();
  return (
    <main id="main" className={styles.frames} tabIndex={-1} aria-busy aria-label={t.panel.fetching}>
      <div />
      <div />
      <div />
    </main>
  );
}
