// The desks of the demonstration, as officers use them: the hotline's one answer, oversight's board,
// the review body's page, the registry. Called by pages.mjs, which looks each page through.

/** The pages that every width, language and light is looked through on: who, and where. */
export const DESKS = [
  ["agent", "/desk/cases"],
  ["watcher", "/desk/cases"],
  ["registrar", "/desk/office/bodies", "/desk/refusals"],
];

/** The hotline's journey by forms and links alone. */
export async function desks({ reader, play, go, words, check, look }) {
  const page = await reader({ width: 320 });
  await play(page, "agent");
  await go(page, 'main a[href="/desk/hotline?try=case"]');
  await go(page, 'button[value="case"]');
  await look(page, "the answer to a call");
  check("one search shows what the caller sees, and words to read aloud", /To read aloud/.test(await words(page)) && /What the person sees/.test(await words(page)));
  await go(page, 'form[action$="/activation"] button');
  check("a code is handed out once", /[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}/i.test(await words(page)), await words(page));
  await play(page, "watcher");
  check("oversight reads that no red is secret, and what was split", /None is\. Each red/.test(await words(page)) && /split into small orders/.test(await words(page)));
  await play(page, "reviewer");
  await go(page, "main .cards a.button");
  await go(page, 'form[action$="/look"] button');
  await look(page, "an appeal with its evidence");
  check("a reviewer reads the rule and the evidence on one page", /Who may supply it/.test(await words(page)) && /The evidence behind it/.test(await words(page)));
}
