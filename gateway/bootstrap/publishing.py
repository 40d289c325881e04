"""Which channels are told what they may sell, as the configuration says."""

from collections.abc import Iterator
from datetime import timedelta

from gateway.bootstrap.problems import StartFailed
from gateway.federation.sources import ConnectedSource, Sources
from gateway.settings import ChannelAvailabilitySettings, Settings
from gateway.sync.channel_levels import ChannelRules
from gateway.sync.publishing import PublishedChannel


def published_channels(settings: Settings, sources: Sources) -> list[PublishedChannel]:
    """Answer the channels that are told; raises StartFailed with every fault."""
    channels: list[PublishedChannel] = []
    faults: list[str] = []
    waits_for = tuple(s.id for s in sources if "stock" in s.streams and s.rules.backfills)
    for code, channel in settings.channels.items():
        told, source = channel.availability, sources.get(channel.source)
        if told is None or not told.enabled or source is None:
            continue
        found = [
            f"channels.{code}.availability: {each}"
            for each in _faults(told, source, settings, sources)
        ]
        if not found:
            poll_seconds = settings.events.poll_seconds
            channels.append(_channel(code, told, source, poll_seconds, waits_for))
        faults += found
    if faults:
        raise StartFailed(faults)
    return channels


def _faults(
    told: ChannelAvailabilitySettings,
    source: ConnectedSource,
    settings: Settings,
    sources: Sources,
) -> Iterator[str]:
    """Answer what is wrong for certain; who counts a location's stock is known once it was read."""
    if source.stock_sink is None:
        yield f"{source.connector_name} cannot be told stock"
    group = settings.location_groups.get(told.group) if told.group else None
    chosen = group or next(iter(settings.location_groups.values()), None)
    places = ("*",) if chosen is None else chosen.locations
    is_first = sources.authorities[:1] == [source.id]
    if is_first and {"*", told.location} & set(places):
        yield (
            f"location {told.location} is one of the group that is sold there, and {source.id} "
            "itself counts its stock: leave it out of the group, or leave stock out of "
            f"sources.{source.id}.streams"
        )


def _channel(
    code: str,
    told: ChannelAvailabilitySettings,
    source: ConnectedSource,
    poll_seconds: float,
    waits_for: tuple[str, ...],
) -> PublishedChannel:
    zero, compare = told.zero_after_unknown_seconds, told.compare_seconds
    return PublishedChannel(
        code=code,
        source=source,
        location=told.location,
        group=told.group,
        rules=ChannelRules(told.threshold_units, None if zero is None else timedelta(seconds=zero)),
        debounce=timedelta(seconds=told.debounce_seconds),
        compare_every=None if compare is None else timedelta(seconds=compare),
        poll_seconds=poll_seconds,
        waits_for=waits_for,
    )
