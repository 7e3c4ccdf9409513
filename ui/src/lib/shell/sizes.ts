/** An observer that passes over heights of 0 of elements that have one: it is told the right one a frame later. */
export function truthful(Observer: typeof ResizeObserver): typeof ResizeObserver {
  return class extends Observer {
    constructor(callback: ResizeObserverCallback) {
      super((entries, observer) => {
        const laidOut = entries.filter(({ contentRect, target }) => contentRect.height > 0 || !(target as HTMLElement).offsetHeight);
        if (laidOut.length > 0) callback(laidOut, observer);
      });
    }
  };
}
