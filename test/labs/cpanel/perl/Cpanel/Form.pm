package Cpanel::Form;

# Stand-in: the fields of the request that a CGI program was started for.

use strict;
use warnings;

sub parseform {
    my $text = $ENV{QUERY_STRING} // q{};
    if ( ( $ENV{REQUEST_METHOD} // q{} ) eq 'POST' && $ENV{CONTENT_LENGTH} ) {
        read STDIN, my $body, $ENV{CONTENT_LENGTH};
        $text = join q{&}, grep { length } $text, $body;
    }
    my %form;
    for my $pair ( split /&/, $text ) {
        my ( $name, $value ) = map { tr/+/ /; s/%([0-9A-Fa-f]{2})/chr hex $1/ger } split /=/, $pair, 2;
        $form{$name} = $value // q{};
    }
    return wantarray ? %form : \%form;
}

1;
