// Takes files and folders that are dropped anywhere on the page, and says so while they hover.

import { useEffect, useState } from 'react';
import { droppedFiles } from '../droppedFiles';
import { useText } from '../i18n/useText';
import { takeFiles } from '../readFiles';
import styles from './DropLayer.module.css';

export function DropLayer() {
  const { t } = useText();
  const [over, setOver] = useState(false);
  useEffect(() => {
    const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true;
    const onOver = (event: DragEvent) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const onLeave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false);
    };
    const onDrop = (event: DragEvent) => {
      setOver(false);
      if (!carriesFiles(event)) return;
      event.preventDefault();
      if (event.dataTransfer === null) return;
      void droppedFiles(event.dataTransfer).then(({ files, folder }) => takeFiles(files, folder));
    };
    window.addEventListener('dragover', onOver);
    window.addEventListener('dragleave', onLeave);
    window.addEventListener('drop', onDrop);
    return () => {
      window.removeEventListener('dragover', onOver);
      window.removeEventListener('dragleave', onLeave);
      window.removeEventListener('drop', onDrop);
    };
  }, []);
  if (!over) return null;
  return (
    <div className={styles.layer}>
      <p>{t.data.dropNow}</p>
      <p className={styles.private}>{t.data.private}</p>
    </div>
  );
}
