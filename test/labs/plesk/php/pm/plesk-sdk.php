<?php

namespace Plesk\SDK {
    /** A certificate as it stands in a repository; read only. */
    class Certificate
    {
        /** @var array<string, mixed> */
        private array $row;

        public function __construct(int $id)
        {
            $this->row = \Lab_Panel::call('certificate.byId', ['id' => $id])
                ?? throw new \pm_Exception('Certificate does not exist');
        }

        public function getId(): int
        {
            return $this->row['id'];
        }

        public function getName(): string
        {
            return $this->row['name'];
        }

        public function getCsr(): string
        {
            return $this->row['csr'];
        }

        public function getPvtKey(): string
        {
            return $this->row['pvt'];
        }

        public function getCert(): string
        {
            return $this->row['cert'];
        }

        public function getCertFile(): string
        {
            return $this->row['certFile'];
        }

        public function getCaCert(): string
        {
            return $this->row['ca'];
        }

        public function getCaFile(): string
        {
            return $this->row['caFile'];
        }
    }
}

namespace Plesk\SDK\Hook {
    interface HookInterface extends \pm_Hook_Interface
    {
    }

    abstract class Home implements HookInterface
    {
        abstract public function getBlocks(): array;
    }
}

namespace Plesk\SDK\Hook\Home {
    abstract class Block
    {
        public const SECTION_PLESK = 'plesk';
        public const SECTION_SERVER = 'server';
        public const SECTION_SECURITY = 'security';

        public function getId(): string
        {
            return '';
        }

        public function getTitle(): string
        {
            return '';
        }

        public function getContent(): string
        {
            return '';
        }

        public function getFooter(): string
        {
            return '';
        }

        public function getColumn(): int
        {
            return 1;
        }

        public function getOrder(): int
        {
            return 0;
        }

        public function isAsyncLoaded(): bool
        {
            return true;
        }

        public function getSkeletonSize(): int
        {
            return 3;
        }

        public function isEnabled(): bool
        {
            return true;
        }

        public function getSection(): string
        {
            return self::SECTION_PLESK;
        }

        public function getSectionOrder(): int
        {
            return 0;
        }

        public function getName(): string
        {
            return '';
        }

        public function getIcon(): string
        {
            return '';
        }
    }
}
