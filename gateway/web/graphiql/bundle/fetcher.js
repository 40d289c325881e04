/** Answers GraphiQL's fetcher for one caller: plain GraphQL over HTTP, with the caller's header. */
export function fetcherFor(endpoint, key) {
  return async (params, options) => {
    const response = await fetch(endpoint, {
      method: "POST",
      headers: {
        accept: "application/graphql-response+json, application/json",
        "content-type": "application/json",
        ...(key ? { [key.headerName]: key.headerValue } : {}),
        ...options?.headers,
      },
      body: JSON.stringify(params),
    });
    return read(response);
  };
}

async function read(response) {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`The gateway answered ${response.status} without JSON: ${text.slice(0, 300)}`);
  }
}
