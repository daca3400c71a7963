\set merchant random(1, :merchants)
\set number random(0, 9000000000000000000)
\set amount random(100, 100099)
select open_payment('bench-' || :merchant, :number, :amount, 'CNY', 'card') as order_id \gset
select settle_payment(:order_id, 'OK', 'alpha-' || :order_id);
