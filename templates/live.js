// Shows news without a reload. While a page says that something is under way, it is fetched again now and then and the
// parts that changed are put in place of the old ones. Nothing is lost without this script: the same link is on the page.
(() => {
  const shortest = 3_000;
  const longest = 30_000;
  let wait = shortest;
  const marker = () => document.querySelector(".xssl [data-live-from]");
  const parts = (root) => [...root.querySelectorAll(".xssl [data-live]")];
  const plan = () => {
    if (marker() !== null) setTimeout(look, wait);
  };

  async function look() {
    if (document.hidden) return plan();
    try {
      const answer = await fetch(marker().dataset.liveFrom, {
        credentials: "same-origin",
        cache: "no-store",
      });
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (fresh.querySelector(".xssl") !== null) show(fresh);
    } catch {
      // The panel does not answer just now: what is shown stays, and the next look may find it again.
    }
    plan();
  }

  function show(fresh) {
    const [before, after] = [parts(document), parts(fresh)];
    // Another page came, for instance because the session ended: only a person should see that.
    if (before.length !== after.length) return marker().remove();
    let changed = false;
    for (const [index, part] of before.entries()) {
      // What somebody is using is left alone until the next look.
      if (part.outerHTML === after[index].outerHTML || part.contains(document.activeElement)) continue;
      part.replaceWith(document.importNode(after[index], true));
      changed = true;
    }
    if (fresh.querySelector("[data-live-from]") === null) marker().remove();
    wait = changed ? shortest : Math.min(longest, wait * 1.5);
    if (changed) say();
  }

  // One sentence for those who listen; the rest of the page is read when they want to.
  function say() {
    const headline = document.querySelector(".xssl .xssl-heading-1");
    const region = document.querySelector(".xssl [data-live-says]");
    if (headline !== null && region !== null && region.textContent !== headline.textContent) {
      region.textContent = headline.textContent;
    }
  }

  plan();
})();
