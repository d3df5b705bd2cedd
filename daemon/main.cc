#include "daemon/commands/command_line.h"

int main(int argc, char** argv) { return assayd::daemon::RunCommandLine(argc, argv); }
