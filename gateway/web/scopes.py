"""What each kind of caller may do, unless its key says otherwise."""

from gateway.model.principal import PrincipalKind, Scope

DEFAULT_SCOPES: dict[PrincipalKind, frozenset[Scope]] = {
    PrincipalKind.STOREFRONT: frozenset(
        {Scope.AVAILABILITY_READ, Scope.LOCATIONS_READ, Scope.ORDER_STATUS_READ}
    ),
    PrincipalKind.CUSTOMER: frozenset(
        {
            Scope.AVAILABILITY_READ,
            Scope.LOCATIONS_READ,
            Scope.ORDERS_READ,
            Scope.CUSTOMERS_READ,
        }
    ),
    PrincipalKind.PARTNER: frozenset(
        {
            Scope.AVAILABILITY_READ,
            Scope.STOCK_READ,
            Scope.LOCATIONS_READ,
            Scope.ORDERS_READ,
            Scope.PROVENANCE_READ,
            Scope.WEBHOOKS_MANAGE,
        }
    ),
    PrincipalKind.OPERATOR: frozenset(Scope) - {Scope.SCHEMA_READ},
    PrincipalKind.ROUTER: frozenset({Scope.SCHEMA_READ}),
}
