import { parse, print } from "graphql";

/** Answers the tabs that GraphiQL opens with, tidy, each with a word on what it shows. */
export function tabsOf(examples) {
  return examples.map(({ title, description, query, variables }) => ({
    query: `${commented(title)}${commented(description)}${tidy(query)}`,
    variables: Object.keys(variables).length ? JSON.stringify(variables, null, 2) : "",
  }));
}

function commented(text) {
  return text.replace(/\s+/g, " ").replace(/(.{1,58})(\s+|$)/g, "# $1\n");
}

function tidy(query) {
  try {
    return print(parse(query));
  } catch {
    return query;
  }
}
