const ENOUGH = 56;
const FARTHEST = 84;

/** Swipe a bubble to the left to reply to it, as in Telegram's own apps. */
export function onSwipe(node, act) {
  let from = null;
  let distance = 0;
  const move = (by) => {
    distance = by;
    node.style.translate = by ? `${-by}px` : "";
  };
  const end = (swiped) => {
    if (swiped && distance >= ENOUGH) act();
    from = null;
    move(0);
  };
  const begin = ({ target, touches }) => {
    from = target.closest("video, audio, pre") ? null : touches[0];
  };
  node.addEventListener("touchstart", begin, { passive: true });
  node.addEventListener(
    "touchmove",
    ({ touches: [finger] }) => {
      if (!from) return;
      const [left, down] = [from.clientX - finger.clientX, finger.clientY - from.clientY];
      // Vertical movement is scrolling, not a swipe.
      if (!distance && Math.abs(down) > Math.abs(left)) from = null;
      else move(Math.min(Math.max(left, 0), FARTHEST));
    },
    { passive: true },
  );
  node.addEventListener("touchend", () => end(true));
  node.addEventListener("touchcancel", () => end(false));
}
