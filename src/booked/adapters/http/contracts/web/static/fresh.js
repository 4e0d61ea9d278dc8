// Marks what has just changed, for those who can see it; the stylesheet says how, and nothing moves where that is not wanted.

export function freshen(element) {
  element.classList.remove("fresh");
  void element.offsetWidth; // so that the animation begins anew
  element.classList.add("fresh");
}
