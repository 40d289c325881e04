import { parse, print } from "graphql";

/** Answers the tabs that GraphiQL opens with, tidy, each with a line on what it shows. */
export function tabsOf(examples) {
  return examples.map(({ title, description, query, variables }) => ({
    query: `# ${[title, description].filter(Boolean).join(": ")}\n${tidy(query)}`,
    variables: Object.keys(variables).length ? JSON.stringify(variables, null, 2) : "",
  }));
}

function tidy(query) {
  try {
    return print(parse(query));
  } catch {
    return query;
  }
}
