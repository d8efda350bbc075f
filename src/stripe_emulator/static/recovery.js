// A recovery link leads straight to the new session, as Stripe's does.
"use strict";

document.querySelector("main form").requestSubmit();
