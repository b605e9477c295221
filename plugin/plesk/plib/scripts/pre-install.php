<?php

declare(strict_types=1);

// Says before anything is unpacked why this server can't have it.
pm_Loader::registerAutoload();

if (!pm_ProductInfo::isUnix() || PHP_INT_SIZE !== 8) {
    echo "Xolphin SSL runs on 64-bit Linux servers.\n";
    exit(1);
}
if (version_compare(pm_ProductInfo::getVersion(), '18.0.55') < 0) {
    echo "Xolphin SSL needs Plesk Obsidian 18.0.55 or later.\n";
    exit(1);
}
exit(0);
