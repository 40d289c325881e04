"""A real browser opens the page, asks the examples, changes caller, and calls no other host."""

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

from gateway.web.graphiql import Example
from tests.integration.graphiql.chrome import Page, browsing
from tests.integration.graphiql.shop import home_of, shop
from tests.integration.web.serving import Backstage

TEXT = "[...document.querySelectorAll('{0} .view-line')].map((l) => l.textContent).join('\\n')"
TABS = "[...document.querySelectorAll('.graphiql-tab-button')].map((t) => t.textContent).join()"
RUN = ".graphiql-execute-button"
DOCS = "[aria-label='Show Documentation Explorer']"


async def test_the_first_example_is_there_and_can_be_asked(assets: Path, chromium: Path) -> None:
    backstage = Backstage()
    async with shop(backstage, assets) as client, browsing(chromium) as page:
        await page.open(home_of(client))
        query = await shown_in(page, ".graphiql-query-editor", "greet(")
        assert query.split("\n") == [
            "# A greeting",
            "# somebody is greeted by name",
            "query Greeting($name: String!) {",
            "  greet(name: $name)",
            "}",
        ]
        assert await page.value(TABS) == "Greeting,Both"
        assert '"</script><b>Ana"' in await shown_in(page, ".graphiql-editor-tool", "Ana")
        await click(page, RUN)
        assert '"greet": "hello </script><b>Ana"' in await answer_with(page, "Ana")
        assert {context.principal.kind.value for context in backstage.contexts} == {"OPERATOR"}
        assert page.complaints == []


async def test_another_caller_is_used_for_the_schema_and_the_next_answer(
    assets: Path, chromium: Path
) -> None:
    backstage = Backstage()
    async with shop(backstage, assets) as client, browsing(chromium) as page:
        await page.open(home_of(client))
        await shown_in(page, ".graphiql-query-editor", "greet(")
        await click(page, "input[value=storefront]")
        await click(page, RUN)
        await answer_with(page, "Ana")
        assert asked_by(backstage) == [
            ("IntrospectionQuery", "OPERATOR"),
            ("IntrospectionQuery", "STOREFRONT"),
            ("Greeting", "STOREFRONT"),
        ]
        assert page.complaints == []


async def test_the_docs_explorer_knows_the_schema(assets: Path, chromium: Path) -> None:
    async with shop(Backstage(), assets) as client, browsing(chromium) as page:
        await page.open(home_of(client))
        await click(page, DOCS)
        await page.until(
            "document.querySelector('.graphiql-plugin')?.textContent.includes('Query')"
        )
        await click(page, ".graphiql-plugin .graphiql-doc-explorer-type-name")
        shown = "document.querySelector('.graphiql-plugin').textContent"
        assert "greet(" in await page.until(f"{shown}.includes('greet(') && {shown}")
        assert page.complaints == []


async def test_a_page_that_is_loaded_again_is_as_it_was(assets: Path, chromium: Path) -> None:
    async with shop(Backstage(), assets) as client, browsing(chromium) as page:
        await page.open(home_of(client))
        await shown_in(page, ".graphiql-query-editor", "greet(")
        await page.until(stored('"activeTabIndex":0'))
        await reload(page)
        assert "greet(name: $name)" in await shown_in(page, ".graphiql-query-editor", "greet(")
        assert '"</script><b>Ana"' in await shown_in(page, ".graphiql-editor-tool", "Ana")
        assert await page.value(TABS) == "Greeting,Both"


async def test_the_tab_that_was_open_is_open_again(assets: Path, chromium: Path) -> None:
    async with shop(Backstage(), assets) as client, browsing(chromium) as page:
        await page.open(home_of(client))
        await shown_in(page, ".graphiql-query-editor", "greet(")
        await click(page, ".graphiql-tab:nth-child(2) .graphiql-tab-button")
        await shown_in(page, ".graphiql-query-editor", "broken")
        await page.until(stored('"activeTabIndex":1'))
        await reload(page)
        assert "query Both" in await shown_in(page, ".graphiql-query-editor", "broken")
        assert await page.value(TABS) == "Greeting,Both"


async def test_a_subscription_is_followed_until_it_is_stopped(assets: Path, chromium: Path) -> None:
    backstage = Backstage()
    ticks = [Example("Ticks", "one after another", "subscription Ticks { ticks }")]
    async with shop(backstage, assets, examples=ticks) as client, browsing(chromium) as page:
        await page.open(home_of(client))
        await shown_in(page, ".graphiql-query-editor", "ticks")
        await page.until("document.body.textContent.includes('Ask as')")
        await click(page, RUN)
        channel = await asyncio.wait_for(backstage.opened.get(), 60)
        for number in (41, 42):
            channel.tick(number)
            assert f'"ticks": {number}' in await answer_with(page, str(number))
        await click(page, RUN)
        await asyncio.wait_for(channel.closed.wait(), 60)
        assert backstage.principal.id == "key:care"
        assert page.complaints == []


async def test_no_other_host_is_asked_for_anything(assets: Path, chromium: Path) -> None:
    async with shop(Backstage(), assets) as client, browsing(chromium) as page:
        await page.open(home_of(client))
        await shown_in(page, ".graphiql-query-editor", "greet(")
        await click(page, RUN)
        await answer_with(page, "Ana")
        asked = {urlsplit(url)[:2] for url in page.requested}
        assert asked == {("http", urlsplit(home_of(client)).netloc), ("data", "")}
        refused = "fetch('https://example.com/').then(() => 'sent', () => 'refused')"
        answer = await page.call("Runtime.evaluate", expression=refused, awaitPromise=True)
        assert answer["result"]["value"] == "refused"
        assert "Content Security Policy" in " ".join(page.complaints)


def asked_by(backstage: Backstage) -> list[tuple[str | None, str]]:
    asked = zip(backstage.asked, backstage.contexts, strict=True)
    return [(request.operation_name, context.principal.kind.value) for request, context in asked]


def stored(text: str) -> str:
    return f"Object.values(localStorage).some((value) => value.includes({text!r}))"


async def reload(page: Page) -> None:
    """Load the page again, and wait until the old one is gone."""
    await page.value("window.before = true")
    await page.call("Page.reload")
    await page.until("!window.before")


async def click(page: Page, selector: str) -> None:
    await page.until(f'!!document.querySelector("{selector}")')
    await page.value(f'document.querySelector("{selector}").click()')


async def shown_in(page: Page, editor: str, text: str) -> str:
    """Answer the editor's lines as soon as they hold a text."""
    lines = TEXT.format(editor)
    shown = await page.until(f"{lines}.includes({text!r}) && {lines}")
    return str(shown).replace("\xa0", " ")


async def answer_with(page: Page, text: str) -> str:
    return await shown_in(page, ".result-window", text)
