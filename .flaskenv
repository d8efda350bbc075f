# Plain `flask run` starts the shop, and the Stripe emulator beside it if there are no keys.
FLASK_APP=paydesk.cli.development:create_app
