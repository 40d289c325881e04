"""Three orders in files like Olist's, to be damaged at will."""

from pathlib import Path

import duckdb

TABLES = {
    "orders_partial": """
        SELECT * FROM (VALUES
            ('aaaaaaaaaaaa0000aaaaaaaaaaaaaaaa', 'c1', 'delivered', TIMESTAMP '2018-02-17 22:59:59',
             TIMESTAMP '2018-02-17 23:30:00', TIMESTAMP '2018-02-18 09:00:00',
             TIMESTAMP '2018-02-20 00:00:00', TIMESTAMP '2018-03-01 00:00:00'),
            ('bbbbbbbbbbbb0000bbbbbbbbbbbbbbbb', 'c2', 'unavailable',
             TIMESTAMP '2017-10-15 00:30:00', NULL, NULL, NULL, NULL),
            ('cccccccccccc0000cccccccccccccccc', 'c3', 'created', TIMESTAMP '2018-06-01 12:00:00',
             NULL, NULL, NULL, TIMESTAMP '2018-06-20 00:00:00'))
        AS t(order_id, customer_id, order_status, order_purchase_timestamp, order_approved_at,
            order_delivered_carrier_date, order_delivered_customer_date,
            order_estimated_delivery_date)""",
    "order_items": """
        SELECT * FROM (VALUES
            ('aaaaaaaaaaaa0000aaaaaaaaaaaaaaaa', 2, 'p1', 's1', 0.1::DOUBLE, 0.2::DOUBLE),
            ('aaaaaaaaaaaa0000aaaaaaaaaaaaaaaa', 1, 'p1', 's1', 0.1::DOUBLE, 0.2::DOUBLE),
            ('aaaaaaaaaaaa0000aaaaaaaaaaaaaaaa', 3, 'p2', 's2', 19.9::DOUBLE, 0.0::DOUBLE),
            ('ffffffffffff0000ffffffffffffffff', 1, 'p1', 's2', 5.0::DOUBLE, 1.0::DOUBLE))
        AS t(order_id, order_item_id, product_id, seller_id, price, freight_value)""",
    "order_payments": """
        SELECT * FROM (VALUES
            ('aaaaaaaaaaaa0000aaaaaaaaaaaaaaaa', 99.99::DOUBLE),
            ('bbbbbbbbbbbb0000bbbbbbbbbbbbbbbb', 0.1::DOUBLE),
            ('bbbbbbbbbbbb0000bbbbbbbbbbbbbbbb', 0.2::DOUBLE))
        AS t(order_id, payment_value)""",
    "products": """
        SELECT * FROM (VALUES ('p1', 'moveis_decoracao', 300), ('p2', NULL, NULL))
        AS t(product_id, product_category_name, product_weight_g)""",
    "sellers": """
        SELECT * FROM (VALUES ('s1', '13023', 'campinas', 'SP'), ('s2', '99999', 'rio de janeiro',
            'RJ'))
        AS t(seller_id, seller_zip_code_prefix, seller_city, seller_state)""",
    "customers": """
        SELECT * FROM (VALUES
            ('c1', 'person-1', '01310', 'sao paulo', 'SP'),
            ('c2', 'person-1', '01310', 'sao paulo', 'SP'),
            ('c3', 'person-2', '77777', 'palmas', 'TO'))
        AS t(customer_id, customer_unique_id, customer_zip_code_prefix, customer_city,
            customer_state)""",
    "geo_zip_prefix_median": """
        SELECT * FROM (VALUES ('13023', -22.9::DOUBLE, -47.1::DOUBLE),
            ('01310', -23.56::DOUBLE, -46.65::DOUBLE))
        AS t(zip, lat, lng)""",
}


def write_set(folder: Path, **instead: str) -> Path:
    """Write the files and answer the folder; `instead` holds other queries by a file's name."""
    folder.mkdir()
    quoted = str(folder).replace("'", "''")
    with duckdb.connect() as connection:
        for name, query in {**TABLES, **instead}.items():
            connection.execute(f"COPY ({query}) TO '{quoted}/{name}.parquet' (FORMAT parquet)")
    return folder
