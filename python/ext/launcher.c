/* The program `tightrope` of the Python package: its code is in the library beside it. */
int tightrope_main(int count, char **arguments);

int main(int count, char **arguments)
{
    return tightrope_main(count, arguments);
}
