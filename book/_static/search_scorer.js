// How the search ranks what it finds: Sphinx's own weights, and before them the chapter that teaches the term.
var Scorer = {
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,

  score: ([page, , anchor, , score]) => {
    const asked = new URLSearchParams(location.search).get("q")?.trim().toLowerCase();
    const home = window.medallionTermHomes?.[asked];
    return page === home && anchor === "" ? score + 1000 : score;
  },
};
