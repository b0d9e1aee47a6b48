import CVectors
import KernelTables
