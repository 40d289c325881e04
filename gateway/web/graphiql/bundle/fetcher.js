import { following } from "./following.js";

/** Answers GraphiQL's fetcher for one caller: its header goes with every request and subscription. */
export function fetcherFor(endpoint, key) {
  const credential = key ? { [key.headerName]: key.headerValue } : {};
  return (params, options) => {
    const headers = { ...credential, ...options?.headers };
    const isLive = subscribes(options?.documentAST, params.operationName);
    return isLive ? following(endpoint, headers, params) : ask(endpoint, headers, params);
  };
}

function subscribes(document, operationName) {
  return document?.definitions.some(
    ({ operation, name }) =>
      operation === "subscription" && (!operationName || name?.value === operationName),
  );
}

async function ask(endpoint, headers, params) {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: {
      accept: "application/graphql-response+json, application/json",
      "content-type": "application/json",
      ...headers,
    },
    body: JSON.stringify(params),
  });
  return read(response);
}

async function read(response) {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`The gateway answered ${response.status} without JSON: ${text.slice(0, 300)}`);
  }
}
