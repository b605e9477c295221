<?php

declare(strict_types=1);

// Run by the executor: plesk bin extension --exec xolphin-ssl read-certificates.php SITE-ID…
// Prints the certificate that each website has for its hosting.
pm_Loader::registerAutoload();
pm_Context::init('xolphin-ssl');

Modules_XolphinSsl_Answer::print(array_map(
    static fn (string $id): array => Modules_XolphinSsl_Website::certificate(pm_Domain::getByDomainId((int) $id), false),
    array_slice($argv, 1),
));
