// What the page says where no language's words could be fetched: in all of them, since it knows no other words. It asks for nothing but a reload.

import styles from './states.module.css';

export function NoWords() {
  return (
    <main id="main" className={styles.noWords} tabIndex={-1}>
      <p role="alert">
        The words of this page could not be fetched. Check the connection, then reload.
        <br />
        <span lang="zh-CN">未能载入页面文字。请检查网络连接，然后重新加载。</span>
      </p>
      <button type="button" onClick={() => location.reload()}>
        Reload / <span lang="zh-CN">重新加载</span>
      </button>
    </main>
  );
}
