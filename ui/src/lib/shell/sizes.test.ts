import { expect, test } from "vitest";

import { truthful } from "./sizes";

test("a height of 0 is told of what has none, and not of what is not laid out yet", () => {
  let tell: (entries: object[]) => void = () => {};
  const Observer = truthful(class {
    constructor(callback: ResizeObserverCallback) {
      tell = (entries) => callback(entries as ResizeObserverEntry[], this as unknown as ResizeObserver);
    }

    observe() {}
  } as unknown as typeof ResizeObserver);
  const heard: object[][] = [];
  new Observer((entries) => heard.push(entries));
  const [measured, empty, early] = [[140, 140], [0, 0], [0, 140]].map(([height, offsetHeight]) => ({ contentRect: { height }, target: { offsetHeight } })) as [object, object, object];
  tell([measured, empty, early]);
  tell([early]);
  expect(heard).toEqual([[measured, empty]]);
});
