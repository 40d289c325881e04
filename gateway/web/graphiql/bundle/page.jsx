import "./workers.js";
import "graphiql/style.css";
import "./page.css";
import { useMemo, useState } from "react";
import { createRoot } from "react-dom/client";
import { GraphiQL } from "graphiql";
import { tabsOf } from "./examples.js";
import { fetcherFor } from "./fetcher.js";
import { openedTab, storageFor } from "./storage.js";

const { endpoint, examples, keys } = JSON.parse(document.getElementById("trama").textContent);
const storage = storageFor(examples);
const tabs = tabsOf(examples);
const opened = openedTab(storage, tabs);
const operator = Math.max(0, keys.findIndex((key) => key.kind === "operator"));

function Page() {
  const [chosen, choose] = useState(operator);
  const fetcher = useMemo(() => fetcherFor(endpoint, keys[chosen]), [chosen]);
  return (
    <>
      <header className="trama-head">
        <h1>Trama</h1>
        <p>Orders, stock and customers of every sales channel, as one graph.</p>
        {keys.length > 0 && <Caller chosen={chosen} choose={choose} />}
      </header>
      <main className="trama-main">
        <GraphiQL
          fetcher={fetcher}
          storage={storage}
          defaultTabs={tabs.length > 0 ? tabs : undefined}
          initialQuery={opened.query ?? undefined}
          initialVariables={opened.variables ?? undefined}
          defaultEditorToolsVisibility={tabs.some((tab) => tab.variables) ? "variables" : undefined}
          shouldPersistHeaders={false}
          schemaDescription
          inputValueDeprecation
        >
          <GraphiQL.Logo>{" "}</GraphiQL.Logo>
        </GraphiQL>
      </main>
    </>
  );
}

function Caller({ chosen, choose }) {
  const { headerName, headerValue } = keys[chosen];
  return (
    <fieldset className="trama-caller">
      <legend>Ask as</legend>
      <div className="trama-kinds">
        {keys.map((key, index) => (
          <label key={index}>
            <input
              type="radio"
              name="caller"
              value={key.kind}
              checked={index === chosen}
              onChange={() => choose(index)}
            />
            <span>{key.kind}</span>
          </label>
        ))}
      </div>
      <code title={`${headerName}: ${headerValue}`}>
        {headerName}: {headerValue}
      </code>
    </fieldset>
  );
}

createRoot(document.getElementById("root")).render(<Page />);
